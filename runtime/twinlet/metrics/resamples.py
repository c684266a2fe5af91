"""Which images each resample of a bootstrap takes, and how often.

In the pigeonhole bootstrap (Owen 2007, arXiv:0712.1111) clusters, identities or images, are drawn
with replacement, and a comparison of two clusters that were taken v and w times counts v * w
times: comparisons that share one move together. Comparisons inside one cluster count as often as
it was taken, as its copies know nothing of each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels
from twinlet.metrics.clusters import Unit, checked_unit

RESAMPLES = 200
CONFIDENCE = 0.95

# More clusters than this are thrown together at random into so many groups that are taken as one
# (random groups: Wolter 2007, chapter 2). They have the same variance on average, known from so
# many groups to 6 percent, which is less than the noise of some hundred resamples; and the time
# no longer grows with the square of the clusters.
MOST_GROUPS = 500


@dataclass(frozen=True, eq=False)
class Resamples:
    """The same for every file that is measured on the same images; made by `draw_resamples`."""

    unit: Unit  # what is drawn
    clusters: int  # identities or images that there are
    groups: NDArray[np.intp]  # (n,) the group of each image, numbered from 0
    weights: NDArray[np.float32]  # (groups, 1 + r) how often taken; the first column is all 1


def draw_resamples(
    labels: ArrayLike, *, unit: Unit, resamples: int = RESAMPLES, seed: int = 0
) -> Resamples:
    """Draw the clusters of each resample.

    Args:
        labels: Identities (n,), integers or strings, n >= 1.
        unit: "identity" when users will be identities not seen here, "image" when they will be
            other images of these same ones.
        resamples: How many, at least 20.
        seed: Of the drawing; the same gives the same resamples.

    Returns:
        The resamples.

    Raises:
        InvalidInputError: The labels are empty or none, the unit is unknown, or there are too few
            resamples.
    """
    checked_unit(unit)
    codes = checked_labels(labels)
    if resamples < 20 or not len(codes):
        raise InvalidInputError(
            f"expected at least 20 resamples of at least one image, got {resamples} of {len(codes)}"
        )
    if unit == "image":
        codes = np.arange(len(codes))
    clusters = int(codes.max()) + 1
    groups = np.arange(clusters)
    if clusters > MOST_GROUPS:
        groups = np.random.default_rng([seed, 11]).permutation(clusters) % MOST_GROUPS
    count = min(clusters, MOST_GROUPS)
    weights = draw_weights(count, resamples=resamples, seed=seed)
    return Resamples(unit, clusters, groups[codes], weights)


def draw_weights(clusters: int, *, resamples: int, seed: int) -> NDArray[np.float32]:
    """How often each resample takes each of so many clusters.

    Returns:
        Counts (clusters, 1 + resamples), each column with the sum `clusters`; the first is all 1,
        the clusters as they are.
    """
    rng = np.random.default_rng([seed, 7])
    counts = rng.multinomial(clusters, np.full(clusters, 1.0 / clusters), size=resamples)
    return np.vstack([np.ones(clusters), counts]).T.astype(np.float32)
