"""What a bundle knows of one file's error rates, and the look-up of a threshold in it.

Fitting is the export stage's work; an app only reads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from twinlet.errors import CalibrationError, InvalidInputError


@dataclass(frozen=True)
class CurvePoint:
    """One supported False Match Rate and the threshold that holds it."""

    fmr: float  # the promised FMR, in (0, 1): the upper bound at `threshold` is at most this
    threshold: float  # angular similarity in [0, 1]; match when similarity >= threshold
    fmr_measured: float  # share of calibration non-mated comparisons at or above `threshold`
    fmr_upper: float  # upper confidence bound of the FMR at `threshold`


@dataclass(frozen=True)
class Calibration:
    """The curve FMR -> threshold of one file, with where it came from."""

    curve: tuple[CurvePoint, ...]  # by rising fmr; thresholds never rise along it
    method: str  # how the bound was made, e.g. "clopper-pearson"
    confidence: float  # one-sided, e.g. 0.95
    comparisons: int  # non-mated comparisons behind the curve
    identities: int  # identities in the calibration split
    images: int  # images in the calibration split
    protocol: str  # one sentence: which split, which comparisons
    data_fingerprint: str  # sha256 of the data set the split was drawn from

    def point_for(self, fmr: float) -> CurvePoint:
        """Find the threshold that holds a target False Match Rate.

        Args:
            fmr: The target, in (0, 1).

        Returns:
            The point with the highest promised FMR that does not exceed the target.

        Raises:
            InvalidInputError: The target is not inside (0, 1).
            CalibrationError: The target is below what the comparisons support.
        """
        check_rate(fmr)
        supported = [point for point in self.curve if point.fmr <= fmr * (1 + 1e-12)]
        if not supported:
            raise CalibrationError(unsupported(fmr, self.comparisons, self.confidence, self.lowest))
        return supported[-1]

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
    def lowest(self) -> float:
        """The lowest False Match Rate that can be promised."""
        return self.curve[0].fmr


def check_rate(rate: float, name: str = "FMR") -> None:
    """Refuse a target rate that is not strictly between 0 and 1."""
    if not 0.0 < rate < 1.0:
        raise InvalidInputError(
            f"the target {name} must lie strictly between 0 and 1, got {rate:g}; "
            f"1 percent is written 0.01"
        )


def comparisons_needed(fmr: float, confidence: float = 0.95) -> int:
    """How many non-mated comparisons without one false match support a target.

    The exact form of the rule of three (Hanley and Lippman-Hand 1983): with no error in n
    independent trials the upper bound is `1 - (1 - confidence) ** (1 / n)`, about 3 / n.
    """
    return math.ceil(math.log(1.0 - confidence) / math.log1p(-fmr))


def unsupported(fmr: float, got: int, confidence: float, lowest: float | None = None) -> str:
    """Word the refusal of a target: what is there, what is missing, what to do."""
    needed = comparisons_needed(fmr, confidence)
    way_out = f" or raise the target to {lowest:.2g}" if lowest is not None else ""
    return (
        f"cannot calibrate for FMR {fmr:g}: it needs at least {needed} independent non-mated "
        f"comparisons at {confidence:.0%} confidence, got {got} ({max(needed - got, 0)} missing); "
        f"add identities or images{way_out}"
    )
