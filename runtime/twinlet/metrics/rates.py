"""False Match Rate and False Non-Match Rate at thresholds, and the equal error rate."""

import math
from bisect import bisect_left

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import check_rate
from twinlet.metrics.comparisons import Comparisons, count_at_least, threshold_letting

Floats = NDArray[np.float64]


def fmr(comparisons: Comparisons, thresholds: ArrayLike) -> Floats:
    """False Match Rate: the share of non-mated comparisons with `similarity >= threshold`.

    Args:
        comparisons: What was compared.
        thresholds: Any shape; -inf gives 1 and +inf gives 0.

    Returns:
        Float64 in [0, 1], of the shape of `thresholds`; never rises with the threshold.

    Raises:
        InvalidInputError: A threshold is NaN.
    """
    matches = count_at_least(comparisons.non_mated, thresholds)
    return np.asarray(matches / len(comparisons.non_mated), dtype=np.float64)


def fnmr(comparisons: Comparisons, thresholds: ArrayLike) -> Floats:
    """False Non-Match Rate: the share of mated comparisons with `similarity < threshold`.

    Args:
        comparisons: What was compared.
        thresholds: Any shape; -inf gives 0 and +inf gives 1.

    Returns:
        Float64 in [0, 1], of the shape of `thresholds`; never falls with the threshold.

    Raises:
        InvalidInputError: A threshold is NaN.
    """
    mated = len(comparisons.mated)
    misses = mated - count_at_least(comparisons.mated, thresholds)
    return np.asarray(misses / mated, dtype=np.float64)


def threshold_at_fmr(comparisons: Comparisons, target: float) -> float:
    """The lowest threshold whose measured FMR does not exceed the target.

    For comparing models on the same data: the threshold is chosen on the very comparisons it
    decides, and nothing is promised for others. For a threshold to decide with, use a
    calibration.

    Args:
        comparisons: What was compared.
        target: False Match Rate, in (0, 1).

    Returns:
        An angular similarity, a number of float32; above 1, where nothing matches, when too many
        non-mated comparisons have similarity 1.

    Raises:
        InvalidInputError: The target is not inside (0, 1).
    """
    check_rate(target)
    n = len(comparisons.non_mated)
    # The most false matches that stay within the target; 0.29 * 100 is 28.999999999999996,
    # so the product alone would lose one.
    allowed = math.floor(target * n)
    while (allowed + 1) / n <= target:
        allowed += 1
    while allowed / n > target:
        allowed -= 1
    return float(threshold_letting(comparisons.non_mated, allowed))


def fnmr_at_fmr(comparisons: Comparisons, target: float) -> float:
    """FNMR at the lowest threshold whose measured FMR does not exceed the target.

    A point estimate for comparing models on the same data; see `threshold_at_fmr`.

    Args:
        comparisons: What was compared.
        target: False Match Rate, in (0, 1).

    Returns:
        The False Non-Match Rate in [0, 1].

    Raises:
        InvalidInputError: The target is not inside (0, 1).
    """
    return float(fnmr(comparisons, threshold_at_fmr(comparisons, target)))


def eer(comparisons: Comparisons) -> float:
    """Equal Error Rate: where FMR equals FNMR, interpolated linearly between two steps.

    The rates are step functions, so they may jump past each other; the straight line between
    the two steps of the ROC around the crossing is taken (ties between mated and non-mated
    scores are one step).

    Args:
        comparisons: What was compared.

    Returns:
        The rate in [0, 1]: 0 when the scores separate, 0.5 when all scores are equal.
    """
    sides = (comparisons.mated, comparisons.non_mated)

    def crossed(threshold: np.float32) -> bool:
        # FMR <= FNMR, in whole numbers.
        matches = int(count_at_least(comparisons.non_mated, threshold))
        misses = len(comparisons.mated) - int(count_at_least(comparisons.mated, threshold))
        return matches * len(comparisons.mated) <= misses * len(comparisons.non_mated)

    # The rates cross once, so bisection finds the first score of each side past the crossing.
    # Above the highest score nothing matches: FMR 0, FNMR 1. That step is always there.
    after = np.float32(np.inf)
    for scores in sides:
        first = bisect_left(scores, True, key=crossed)
        if first < len(scores):
            after = min(after, scores[first])
    # The step before: there is one, since at the lowest score FMR is 1 and FNMR 0.
    ends = [int(np.searchsorted(scores, after, side="left")) for scores in sides]
    before = max(scores[end - 1] for scores, end in zip(sides, ends, strict=True) if end > 0)
    fmr_0, fnmr_0 = float(fmr(comparisons, before)), float(fnmr(comparisons, before))
    fmr_1, fnmr_1 = float(fmr(comparisons, after)), float(fnmr(comparisons, after))
    share = (fmr_0 - fnmr_0) / ((fmr_0 - fnmr_0) + (fnmr_1 - fmr_1))
    return (1.0 - share) * fmr_0 + share * fmr_1
