"""What a bundle knows of one file's error rates, and the look-up of a threshold in it.

Fitting is `twinlet.calibrating`'s work; an app only reads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from twinlet.errors import CalibrationError, InvalidInputError


class Basis(StrEnum):
    """What stands behind a threshold."""

    BOUND = "bound"  # an upper confidence bound of the FMR: a promise
    ESTIMATE = "point-estimate"  # the measured FMR alone: above the target about half of the time
    EXTRAPOLATED = "extrapolated"  # a tail that was fitted, below all rates that were measured


# What a promise is made about: other images of identities like these ("identity"), other images
# of these very identities ("image"), or pairs that share neither, each independent of the others.
UNITS = ("identity", "image", "comparison")

HIGHEST = 0.5  # of a target: a verifier that lets half of all strangers in is the most lenient


@dataclass(frozen=True)
class CurvePoint:
    """One supported False Match Rate and the threshold that holds it."""

    fmr: float  # the promised FMR, in (0, 1): the upper bound at `threshold` is at most this
    threshold: float  # angular similarity in [0, 1]; match when similarity >= threshold
    fmr_measured: float  # share of calibration non-mated comparisons at or above `threshold`
    fmr_upper: float | None  # upper confidence bound of the FMR at `threshold`; None: no promise
    basis: Basis = Basis.BOUND


@dataclass(frozen=True)
class Calibration:
    """The curve FMR -> threshold of one file, with where it came from."""

    curve: tuple[CurvePoint, ...]  # by rising fmr; thresholds never rise along it
    method: str  # how the bound was made, in a sentence
    confidence: float  # one-sided, e.g. 0.95; of no meaning for point estimates
    comparisons: int  # non-mated comparisons behind the curve
    identities: int  # identities in the calibration split
    images: int  # images in the calibration split
    protocol: str  # one sentence: which split, which comparisons
    data_fingerprint: str  # sha256 of the data set the split was drawn from
    unit: str = "comparison"  # one of `UNITS`

    def point_for(self, fmr: float, *, extrapolate: bool = False) -> CurvePoint:
        """Find the threshold that holds a target False Match Rate.

        Args:
            fmr: The target, in (0, 1).
            extrapolate: Whether to take extrapolated points, where the curve has any.

        Returns:
            The point with the highest promised FMR that does not exceed the target.

        Raises:
            InvalidInputError: The target is not inside (0, 1).
            CalibrationError: The target is below what the comparisons support.
        """
        check_rate(fmr)
        usable = self.curve if extrapolate else self.supported
        below = [point for point in usable if point.fmr <= fmr * (1 + 1e-12)]
        if not below:
            raise CalibrationError(self._refusal(fmr, extrapolate=extrapolate))
        return below[-1]

    def with_thresholds(self, thresholds: Sequence[float]) -> "Calibration":
        """Give the curve other thresholds, for another kind of score of the same comparisons.

        The promise carries over where no more of the same non-mated comparisons match at each
        threshold than at the point's own: `fmr_measured` and `fmr_upper` are then upper limits.

        Args:
            thresholds: For the highest rates of the curve, by rising rate.

        Raises:
            InvalidInputError: There are none, or more than rates.
        """
        if not 1 <= len(thresholds) <= len(self.curve):
            raise InvalidInputError(
                f"expected 1 to {len(self.curve)} thresholds, one for each of the curve's "
                f"highest rates, got {len(thresholds)}"
            )
        kept = self.curve[len(self.curve) - len(thresholds) :]
        curve = (replace(point, threshold=t) for point, t in zip(kept, thresholds, strict=True))
        return replace(self, curve=tuple(curve))

    @property
    def supported(self) -> tuple[CurvePoint, ...]:
        """The points that comparisons support: all but the extrapolated ones."""
        return tuple(point for point in self.curve if point.basis is not Basis.EXTRAPOLATED)

    @property
    def lowest(self) -> float:
        """The lowest False Match Rate that comparisons support."""
        return self.supported[0].fmr

    @property
    def promised(self) -> bool:
        """Whether rates are held with confidence; if not, they are point estimates."""
        return self.supported[0].basis is Basis.BOUND

    def _refusal(self, fmr: float, *, extrapolate: bool) -> str:
        if extrapolate and self.curve[0].basis is Basis.EXTRAPOLATED:
            return (
                f"cannot extrapolate to FMR {fmr:g}: this file's tail reaches down to "
                f"{self.curve[0].fmr:.2g}; raise the target to that"
            )
        if not self.promised:
            return unmeasured(fmr, self.comparisons)
        return unsupported(
            fmr,
            Support(self.comparisons, self.identities, self.images, self.unit, self.lowest),
            self.confidence,
        )


@dataclass(frozen=True)
class Support:
    """What there is to hold a target with."""

    comparisons: int  # non-mated
    identities: int
    images: int
    unit: str  # one of `UNITS`
    lowest: float | None = None  # FMR that can be promised; None: none at all


def check_fmr(fmr: float) -> None:
    """Refuse a False Match Rate that nobody can want to hold."""
    check_rate(fmr)
    if fmr > HIGHEST:
        raise InvalidInputError(
            f"the target FMR must be at most {HIGHEST:g}, got {fmr:g}: a verifier that lets more "
            f"than half of all strangers in decides nothing"
        )


def check_rate(rate: float, name: str = "FMR") -> None:
    """Refuse a target rate that is not strictly between 0 and 1."""
    if not 0.0 < rate < 1.0:
        raise InvalidInputError(
            f"the target {name} must lie strictly between 0 and 1, got {rate:g}; "
            f"1 percent is written 0.01"
        )


def comparisons_needed(fmr: float, confidence: float = 0.95) -> int:
    """How many independent non-mated comparisons without one false match support a target.

    The exact form of the rule of three (Hanley and Lippman-Hand 1983): with no error in n
    independent trials the upper bound is `1 - (1 - confidence) ** (1 / n)`, about 3 / n.
    """
    return math.ceil(math.log(1.0 - confidence) / math.log1p(-fmr))


def unsupported(fmr: float, there: Support, confidence: float) -> str:
    """Word the refusal of a target: what is there, what is needed, what to do.

    Comparisons that share an identity or an image are worth fewer independent ones; how many is
    told by the lowest rate that can be promised with them.
    """
    needed = comparisons_needed(fmr, confidence)
    start = (
        f"cannot calibrate for FMR {fmr:g}: it needs {needed} independent non-mated comparisons "
        f"at {confidence:.0%} confidence, got {there.comparisons}"
    )
    if there.unit == "comparison":
        missing = max(needed - there.comparisons, 0)
        ways = [f"add identities or images ({missing} comparisons are missing)"]
    else:
        start += f" among {there.images} images of {there.identities} identities"
        many, what = (
            (there.identities, "identities")
            if there.unit == "identity"
            else (there.images, "images")
        )
        ways = [f"add {what}"]
        if there.lowest is not None:
            worth = comparisons_needed(there.lowest, confidence)
            start += f", which share them and are worth {worth} independent ones"
            # What a rate varies by between clusters falls as their number rises.
            ways = [f"add {what}: about {math.ceil(many * needed / worth)} are needed"]
    if there.lowest is not None:
        ways.append(f"raise the target to {there.lowest:.2g}")
    return f"{start}; {' or '.join(ways)}"


def unmeasured(fmr: float, comparisons: int) -> str:
    """Word the refusal of a target that not even a point estimate holds."""
    return (
        f"cannot calibrate for FMR {fmr:g}: a point estimate needs {math.ceil(1 / fmr)} non-mated "
        f"comparisons, one of which may match, got {comparisons}; add identities or images or "
        f"raise the target"
    )
