"""AUC, EER, FMR and FNMR of every resample at once, from counts in bins."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import check_rate
from twinlet.metrics.grid import at_or_above
from twinlet.metrics.resampled import ResampledCounts

Floats = NDArray[np.float64]


def auc_resampled(counts: ResampledCounts) -> Floats:
    """Area under the ROC of each resample; similarities in one bin count as tied.

    Returns:
        Float64 (1 + r,) in [0, 1]; NaN for a resample without mated or non-mated comparisons.
    """
    mated, non_mated = counts.mated, counts.non_mated
    above = _reached(mated)[:, 1:]
    wins = (non_mated * (above + mated / 2.0)).sum(axis=1)
    return _share(wins, mated.sum(axis=1) * non_mated.sum(axis=1))


def eer_resampled(counts: ResampledCounts) -> Floats:
    """Equal Error Rate of each resample, interpolated linearly between edges, as `eer`.

    Returns:
        Float64 (1 + r,) in [0, 1]; NaN for a resample without mated or non-mated comparisons.
    """
    fmr, fnmr = _rates(counts)
    after = np.argmax(fmr <= fnmr, axis=1)  # never 0 but for NaN: all match at the lowest edge
    rows, before = np.arange(len(fmr)), np.maximum(after - 1, 0)
    fmr_0, fnmr_0 = fmr[rows, before], fnmr[rows, before]
    fmr_1, fnmr_1 = fmr[rows, after], fnmr[rows, after]
    share = _share(fmr_0 - fnmr_0, (fmr_0 - fnmr_0) + (fnmr_1 - fmr_1))
    return np.asarray((1.0 - share) * fmr_0 + share * fmr_1, dtype=np.float64)


def fnmr_at_fmr_resampled(counts: ResampledCounts, target: float) -> Floats:
    """FNMR of each resample at its own lowest edge whose FMR does not exceed the target.

    Args:
        counts: From `count_resampled`.
        target: False Match Rate, in (0, 1).

    Returns:
        Float64 (1 + r,) in [0, 1]; NaN for a resample without mated or non-mated comparisons.

    Raises:
        InvalidInputError: The target is not inside (0, 1).
    """
    check_rate(target)
    fmr, fnmr = _rates(counts)
    return np.asarray(fnmr[np.arange(len(fmr)), np.argmax(fmr <= target, axis=1)])


def rates_resampled(counts: ResampledCounts, thresholds: ArrayLike) -> tuple[Floats, Floats]:
    """FMR and FNMR of each resample at thresholds for which `score_grid` was asked.

    Args:
        counts: From `count_resampled`.
        thresholds: (t,), finite.

    Returns:
        Both (1 + r, t), in [0, 1]; NaN for a resample without such comparisons. A threshold that
        is no edge is read at the next one above it.
    """
    fmr, fnmr = _rates(counts)
    limits = at_or_above(np.asarray(thresholds, dtype=np.float64))
    places = np.searchsorted(counts.edges, limits, side="left")
    return fmr[:, places], fnmr[:, places]


def _rates(counts: ResampledCounts) -> tuple[Floats, Floats]:
    """FMR and FNMR at every edge and above all of them (1 + r, b + 1)."""
    matches, found = _reached(counts.non_mated), _reached(counts.mated)
    return _share(matches, matches[:, :1]), 1.0 - _share(found, found[:, :1])


def _reached(binned: Floats) -> Floats:
    """How many reach each edge, and none what lies above all (1 + r, b + 1)."""
    reached = binned[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.hstack([reached, np.zeros((len(binned), 1))])


def _share(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(part / whole, dtype=np.float64)
