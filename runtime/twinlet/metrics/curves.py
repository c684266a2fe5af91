"""The receiver operating characteristic: its points, compact enough to store, and its area."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons
from twinlet.metrics.rates import fmr, fnmr

Floats = NDArray[np.float64]

MIN_POINTS = 8


@dataclass(frozen=True, eq=False)
class RocCurve:
    """Points of a ROC by falling threshold; each point is exact, some between are left out.

    The first threshold lies just above the highest score (FMR 0, TMR 0), the last is the
    lowest score (FMR 1, TMR 1). A DET curve is the same with FNMR = 1 - TMR.
    """

    thresholds: Floats  # (p,) strictly falling, finite
    fmr: Floats  # (p,) share of non-mated comparisons with similarity >= threshold, rising
    tmr: Floats  # (p,) share of mated comparisons with similarity >= threshold, rising


def roc(comparisons: Comparisons, points: int = 200) -> RocCurve:
    """Take the points of the ROC, at most `points` of them.

    Where there are more scores than points, half of the points are spread evenly over the
    ranks of each side and half geometrically, so that low FMR and low FNMR, which matter most
    and are drawn on logarithmic axes, keep as many points per decade as the middle.

    Args:
        comparisons: What was compared.
        points: The most points to return, at least 8.

    Returns:
        The curve; with at most `points - 1` comparisons it has every step.

    Raises:
        InvalidInputError: `points` is below 8.
    """
    if points < MIN_POINTS:
        raise InvalidInputError(f"a ROC needs at least {MIN_POINTS} points, got {points}")
    mated, non_mated = comparisons.mated, comparisons.non_mated
    budget = points - 2  # beside the two ends
    if len(mated) + len(non_mated) <= points - 1:
        chosen = np.concatenate([mated, non_mated])
    else:
        # High non-mated scores give low FMR; low mated scores give low FNMR.
        falling = non_mated[::-1][_ranks(len(non_mated), budget - budget // 2)]
        rising = mated[_ranks(len(mated), budget // 2)]
        chosen = np.concatenate([falling, rising])
    lowest = min(mated[0], non_mated[0])
    above = np.nextafter(max(mated[-1], non_mated[-1]), np.float32(np.inf))
    thresholds = np.unique(np.append(chosen, [lowest, above]))[::-1].astype(np.float64)
    return RocCurve(
        thresholds=thresholds,
        fmr=fmr(comparisons, thresholds),
        tmr=1.0 - fnmr(comparisons, thresholds),
    )


def auc(comparisons: Comparisons) -> float:
    """Area under the ROC: the chance that a mated score exceeds a non-mated one.

    Exact, by ranks (Mann and Whitney 1947); a tie counts one half.

    Args:
        comparisons: What was compared.

    Returns:
        The area in [0, 1]: 1 when the scores separate, 0.5 when all scores are equal.
    """
    mated, non_mated = comparisons.mated, comparisons.non_mated
    # In whole numbers: each sum is at most m * n, far inside int64.
    below = int(np.searchsorted(non_mated, mated, side="left").sum(dtype=np.int64))
    not_above = int(np.searchsorted(non_mated, mated, side="right").sum(dtype=np.int64))
    return (below + not_above) / (2 * len(mated) * len(non_mated))


def _ranks(length: int, wanted: int) -> NDArray[np.int64]:
    """At most `wanted` indices into `length` sorted scores, dense at the start."""
    if length <= wanted:
        return np.arange(length, dtype=np.int64)
    geometric = np.geomspace(1, length, wanted // 2) - 1
    even = np.linspace(0, length - 1, wanted - wanted // 2)
    return np.unique(np.rint(np.concatenate([geometric, even])).astype(np.int64))
