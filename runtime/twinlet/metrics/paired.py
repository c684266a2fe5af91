"""Two files or two models on the same comparisons: how far apart they are, how often they agree.

Both are measured on the same resamples (see `resamples`), so what makes a resample hard for both
does not widen the interval of their difference. `differences` takes figures of identities or
images resampled; `agreement` and `more_misses` speak of other images of the same identities.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.bootstrap import Estimate, Replicates, estimate
from twinlet.metrics.resamples import CONFIDENCE, draw_weights
from twinlet.scores import is_match, similarity_matrix

METHOD = "percentile bootstrap of images, pairs weighted by both"
RESAMPLES = 400

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Paired:
    """A share of comparisons, or a difference of two, with its two-sided 95 % interval."""

    value: float
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {"value": self.value, "interval": list(self.interval)}


def differences(
    first: Replicates, second: Replicates, confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """How much higher each figure of the second is, from the same resamples of the same images.

    Args:
        first: Of one file or model.
        second: Of another, with the same resamples and the same figures.
        confidence: In (0, 1), two-sided.

    Returns:
        Second less first, by name.

    Raises:
        InvalidInputError: They are of other resamples, or of other figures.
    """
    if first.resamples is not second.resamples:
        raise InvalidInputError(
            "a difference needs the same resamples of the same images for both; give both the "
            "same draw_resamples"
        )
    if list(first.values) != list(second.values):
        raise InvalidInputError(
            f"a difference needs the same figures of both, got {', '.join(first.values)} and "
            f"{', '.join(second.values)}"
        )
    clusters = first.resamples.clusters
    return {
        name: estimate(second.values[name] - values, clusters, confidence)
        for name, values in first.values.items()
    }


def resampled(images: int, *, seed: int) -> NDArray[np.float32]:
    """How often each resample takes each image.

    Returns:
        Counts (images, 1 + RESAMPLES), each column with the sum `images`; the first is all 1,
        the images as they are.
    """
    return draw_weights(images, resamples=RESAMPLES, seed=seed)


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
