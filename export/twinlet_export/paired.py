"""A file and its twin on the same comparisons: how much more it misses, how often they agree.

Intervals come from resampling images: a resample that takes an image w times takes each of its
comparisons with another one, taken v times, w * v times. So comparisons that share an image move
together, as in the pigeonhole bootstrap (Owen 2007, arXiv:0712.1111). Identities are not
resampled: an interval speaks of other images of the same ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.scores import is_match, similarity_matrix

METHOD = "percentile bootstrap of images, pairs weighted by both"
RESAMPLES = 400
CONFIDENCE = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Paired:
    """A share of comparisons, or a difference of two, with its two-sided 95 % interval."""

    value: float
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {"value": self.value, "interval": list(self.interval)}


def resampled(images: int, *, seed: int) -> NDArray[np.float32]:
    """How often each resample takes each image.

    Returns:
        Counts (images, 1 + RESAMPLES), each column with the sum `images`; the first is all 1,
        the images as they are.
    """
    rng = np.random.default_rng([seed, 7])
    counts = rng.multinomial(images, np.full(images, 1.0 / images), size=RESAMPLES)
    return np.vstack([np.ones(images), counts]).T.astype(np.float32)


def agreement(twin: NDArray[np.bool_], file: NDArray[np.bool_], weights: Any) -> Paired:
    """Share of the comparisons of different images that are decided alike.

    Args:
        twin: Its decisions on all comparisons of n images, (n, n).
        file: The same of the file.
        weights: See `resampled`.
    """
    return _summarised(_pairs(twin == file, weights), _pairs_of_all(weights))


def more_misses(
    twin: tuple[NDArray[np.float32], float],
    file: tuple[NDArray[np.float32], float],
    labels: NDArray[np.int64],
    weights: Any,
) -> Paired:
    """FNMR of the file minus FNMR of the twin, each at its own threshold.

    Args:
        twin: Templates (n, d), unit length, and the threshold.
        file: The same.
        labels: Identities (n,), at least two of them alike.
        weights: See `resampled`.

    Returns:
        In [-1, 1]; above 0 the file misses more.
    """
    lost: Any = 0.0
    mated: Any = 0.0
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        found = [
            is_match(similarity_matrix(templates[own], templates[own]), threshold)
            for templates, threshold in (twin, file)
        ]
        lost = lost + _pairs(found[0].astype(np.float32) - found[1], weights[own])
        mated = mated + _pairs_of_all(weights[own])
    return _summarised(lost, mated)


def _pairs(values: Any, weights: Any) -> Floats:
    """Sum over pairs of different images of value times both weights, for each resample."""
    matrix = np.array(values, dtype=np.float32)
    np.fill_diagonal(matrix, 0.0)
    return np.asarray(np.sum(weights * (matrix @ weights), axis=0, dtype=np.float64))


def _pairs_of_all(weights: Any) -> Floats:
    wide = weights.astype(np.float64)
    return np.asarray(np.sum(wide, axis=0) ** 2 - np.sum(wide**2, axis=0))


def _summarised(counted: Floats, pairs: Floats) -> Paired:
    """Shares of the pairs; resamples of few images that hold no pair say nothing."""
    shares = counted[pairs > 0.0] / pairs[pairs > 0.0]
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = np.quantile(shares[1:], (tail, 1.0 - tail))
    return Paired(float(shares[0]), (float(low), float(high)))
