"""The detection error trade-off: both error rates against each other, over thresholds."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons
from twinlet.metrics.curves import roc
from twinlet.metrics.rates import fnmr

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DetCurve:
    """Points of a DET curve by falling threshold; each point is exact, some between are left out.

    The ends are those of `RocCurve`: just above the highest score (FMR 0, FNMR 1), and the lowest
    score (FMR 1, FNMR 0).
    """

    thresholds: Floats  # (p,) strictly falling, finite
    fmr: Floats  # (p,) share of non-mated comparisons with similarity >= threshold, rising
    fnmr: Floats  # (p,) share of mated comparisons with similarity < threshold, falling


def det(comparisons: Comparisons, points: int = 200) -> DetCurve:
    """Take the points of the DET curve, at most `points` of them.

    Args:
        comparisons: What was compared.
        points: The most points to return, at least 8; they are those of `roc`.

    Returns:
        The curve; with at most `points - 1` comparisons it has every step.

    Raises:
        InvalidInputError: `points` is below 8.
    """
    curve = roc(comparisons, points)
    return DetCurve(curve.thresholds, curve.fmr, fnmr(comparisons, curve.thresholds))


def deviates(rates: ArrayLike, comparisons: int) -> Floats:
    """Places of rates on a normal-deviate axis (Martin et al. 1997).

    On such axes normally distributed scores give straight lines, and low rates get the room.

    Args:
        rates: In [0, 1], any shape.
        comparisons: Behind the rates, at least 1: a rate within half a comparison of 0 or 1,
            whose deviate would be infinite, is drawn there.

    Returns:
        Standard normal deviates, finite, of the shape of `rates`; they rise with the rate.

    Raises:
        InvalidInputError: A rate is outside [0, 1], or there are no comparisons.
    """
    values = np.asarray(rates, dtype=np.float64)
    # Written so that NaN fails too.
    if comparisons < 1 or not ((values >= 0.0) & (values <= 1.0)).all():
        raise InvalidInputError(
            f"expected rates in [0, 1] of at least one comparison, got {values.tolist()!r:.80} "
            f"of {comparisons}"
        )
    least = 0.5 / comparisons
    deviate = NormalDist().inv_cdf
    clipped = np.clip(values, least, 1.0 - least)
    return np.array([deviate(rate) for rate in clipped.ravel().tolist()]).reshape(values.shape)
