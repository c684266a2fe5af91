"""The equal error rate on the convex hull of the ROC."""

import numpy as np

from twinlet.metrics.comparisons import Comparisons, Counts, Scores

Point = tuple[int, int]  # false matches, misses


def eer_hull(comparisons: Comparisons) -> float:
    """Equal Error Rate on the ROC's convex hull (ROCCH; Provost and Fawcett 2001).

    A point between two corners of the hull is reached by deciding at random between two
    thresholds, so this rate is attainable; it is the largest error a prior can force on the best
    threshold for it (Brümmer and de Villiers 2013, arXiv:1304.2865).

    Args:
        comparisons: What was compared.

    Returns:
        The rate in [0, 0.5]: 0 when the scores separate, 0.5 when they tell nothing.
    """
    _, matches, misses = corners(comparisons)
    mated, non_mated = len(comparisons.mated), len(comparisons.non_mated)
    # From the two ends, where nothing and everything matches, to the edge across the diagonal:
    # whatever lies farthest below an edge is a corner, and one of its two sides has the crossing.
    strict: Point = (0, mated)
    lenient: Point = (non_mated, 0)
    while True:
        # Twice the area of the triangle with each corner, in whole numbers: at most m * n.
        across, down = lenient[0] - strict[0], strict[1] - lenient[1]
        below = across * (strict[1] - misses) - down * (matches - strict[0])
        farthest = int(np.argmax(below))
        if below[farthest] <= 0:
            break
        corner = (int(matches[farthest]), int(misses[farthest]))
        if corner[0] * mated <= corner[1] * non_mated:
            strict = corner
        else:
            lenient = corner
    return _crossing(
        (strict[0] / non_mated, strict[1] / mated), (lenient[0] / non_mated, lenient[1] / mated)
    )


def corners(comparisons: Comparisons) -> tuple[Scores, Counts, Counts]:
    """Where a hull may have corners: mated scores (p,), rising, with false matches and misses.

    It has none elsewhere but at its ends, where all and nothing matches.
    """
    scores, first = np.unique(comparisons.mated, return_index=True)
    below = np.searchsorted(comparisons.non_mated, scores, side="left")
    matches = len(comparisons.non_mated) - below
    return scores, np.asarray(matches, dtype=np.int64), np.asarray(first, dtype=np.int64)


def _crossing(strict: tuple[float, float], lenient: tuple[float, float]) -> float:
    """Where the line between two points (FMR, FNMR) meets FMR = FNMR."""
    over, under = strict[1] - strict[0], lenient[0] - lenient[1]  # both at least 0, one above
    share = over / (over + under)
    return (1.0 - share) * strict[0] + share * lenient[0]
