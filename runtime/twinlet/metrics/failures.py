"""Images that give no template: what they do to the rates a user meets (ISO/IEC 19795-1).

The standard keeps FMR and FNMR for comparisons that took place. An image that cannot be read is a
failure to acquire, and somebody who brings one is turned away all the same: that belongs to the
generalised False Reject Rate. It never lets a stranger in, so the generalised False Accept Rate
falls by as much.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons
from twinlet.metrics.rates import fnmr

Floats = NDArray[np.float64]


def generalised_frr(fnmr: ArrayLike, *, fta: float, fte: float | None = None) -> Floats:
    """Share of mated attempts that are turned away, failures included.

    `GFRR = FTE + (1 - FTE) * FTA + (1 - FTE) * (1 - FTA) * FNMR` (ISO/IEC 19795-1): the
    reference fails, or it is there and the probe fails, or both are there and do not match.

    Args:
        fnmr: False Non-Match Rates in [0, 1], any shape.
        fta: Share of probes that give no template, in [0, 1].
        fte: Share of references that give none; the same as `fta` if not given, since both are
            single images here.

    Returns:
        Float64 in [0, 1], of the shape of `fnmr`, and nowhere below it.

    Raises:
        InvalidInputError: A rate is outside [0, 1].

    Example:
        >>> float(generalised_frr(0.0, fta=0.5))
        0.75
    """
    return 1.0 - _acquired(fta, fte) * (1.0 - _checked("FNMR", fnmr))


def generalised_far(fmr: ArrayLike, *, fta: float, fte: float | None = None) -> Floats:
    """Share of non-mated attempts that are let in: what fails to be acquired never is.

    Args:
        fmr: False Match Rates in [0, 1], any shape.
        fta: Share of probes that give no template, in [0, 1].
        fte: Share of references that give none; the same as `fta` if not given.

    Returns:
        Float64 in [0, 1], of the shape of `fmr`, and nowhere above it.

    Raises:
        InvalidInputError: A rate is outside [0, 1].
    """
    return _acquired(fta, fte) * _checked("FMR", fmr)


def lost_mated(labels: ArrayLike, failed: ArrayLike) -> int:
    """Count the mated comparisons that failed images would have been in.

    Args:
        labels: Identities (n,) of the images with a template, integers or strings.
        failed: Identities (f,) of the images without one, of the same kind.

    Returns:
        Unordered pairs of one identity with at least one failed image.

    Raises:
        InvalidInputError: The labels are not such arrays.
    """
    given, missing = np.asarray(labels), np.asarray(failed)
    if not missing.size:
        return 0
    for name, values in (("labels", given), ("failed", missing)):
        if values.ndim != 1 or values.dtype.kind not in "biuUS":
            raise InvalidInputError(
                f"{name} must be integers or strings of shape (n,), got {values.dtype} of shape "
                f"{values.shape}"
            )
    if (given.dtype.kind in "US") != (missing.dtype.kind in "US"):
        raise InvalidInputError(
            f"labels and failed must name identities alike, got {given.dtype} and {missing.dtype}"
        )
    return _pairs(np.concatenate([given, missing])) - _pairs(given)


def fnmr_with_failures(comparisons: Comparisons, thresholds: ArrayLike, *, lost: int) -> Floats:
    """FNMR in which every mated comparison that could not take place is a miss.

    The exact form of `generalised_frr` where it is known whose images failed.

    Args:
        comparisons: What was compared.
        thresholds: Any shape.
        lost: From `lost_mated`, of the same images.

    Returns:
        Float64 in [0, 1], of the shape of `thresholds`; `lost / (mated + lost)` at -inf.

    Raises:
        InvalidInputError: A threshold is NaN, or `lost` is negative.
    """
    if lost < 0:
        raise InvalidInputError(f"lost must be a count of comparisons, got {lost}")
    mated = len(comparisons.mated)
    misses = fnmr(comparisons, thresholds) * mated
    return np.asarray((np.rint(misses) + lost) / (mated + lost), dtype=np.float64)


def _acquired(fta: float, fte: float | None) -> float:
    """The share of attempts of which both sides are there."""
    probes = 1.0 - float(_checked("FTA", fta))
    references = probes if fte is None else 1.0 - float(_checked("FTE", fte))
    return probes * references


def _checked(name: str, rates: ArrayLike) -> Floats:
    values = np.asarray(rates, dtype=np.float64)
    # Written so that NaN fails too.
    if not ((values >= 0.0) & (values <= 1.0)).all():
        raise InvalidInputError(f"{name} must lie in [0, 1], got {values.tolist()!r:.80}")
    return values


def _pairs(labels: NDArray[np.generic]) -> int:
    counts: list[int] = np.unique(labels, return_counts=True)[1].tolist()
    return sum(count * (count - 1) // 2 for count in counts)
