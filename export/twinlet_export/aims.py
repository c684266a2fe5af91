"""Which False Match Rates the files of a bundle hold, and what kind of promise that is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

from twinlet.calibrating import Source, fit
from twinlet.calibration import Calibration
from twinlet.errors import CalibrationError
from twinlet.metrics import Unit
from twinlet_export.limits import Limits
from twinlet_export.settings import DEFAULT_FMRS, PARITY_LIMITS


@dataclass(frozen=True)
class Aims:
    """What every file is fitted for."""

    unit: Unit  # who the promise is about: other identities, or other images of these
    source: Source  # of the comparisons
    fmrs: tuple[float, ...] | None = None  # asked for, all to be held; None: the usual ones
    point_estimates: bool = False  # no promise at all
    extrapolate: bool = False  # a tail below all that was measured
    # By precision: how far a file may be from the twin.
    limits: Limits = field(default_factory=lambda: PARITY_LIMITS)

    def fit(
        self, templates: ArrayLike, labels: ArrayLike, *, default: float | None = None
    ) -> Calibration:
        """Fit a file's curve.

        Args:
            templates: Unit vectors (n, d) of the calibration part.
            labels: Identities (n,).
            default: Rate to hold where none was asked for; None: none in particular.

        Raises:
            CalibrationError: A rate is not supported.
        """
        must = self.fmrs or (() if default is None else (default,))
        return fit(
            templates,
            labels,
            must,
            unit=self.unit,
            source=self.source,
            hoped=() if self.fmrs else DEFAULT_FMRS,
            point_estimates=self.point_estimates,
            extrapolate=self.extrapolate,
        )


@dataclass(frozen=True)
class Targets:
    """The rates for which a bundle gives operating points."""

    rates: tuple[float, ...]  # the first is the default, which every file holds
    refused: dict[str, str] = field(default_factory=dict)  # usual rate -> why it is not held

    @property
    def default(self) -> float:
        """The rate of a caller who names none."""
        return self.rates[0]

    def held_by(self, calibration: Calibration) -> tuple[float, ...]:
        """Those that a file holds."""
        return tuple(rate for rate in self.rates if calibration.lowest <= rate)


def choose_targets(calibration: Calibration, fmrs: Iterable[float] | None) -> Targets:
    """Take the rates asked for, or those of the usual ones that the twin holds.

    Args:
        calibration: Of Keras' twin; it holds what was asked for.
        fmrs: The rates asked for, each once; `None`: the usual ones.

    Raises:
        CalibrationError: It holds none of the usual ones.
    """
    if fmrs is not None:
        return Targets(tuple(dict.fromkeys(fmrs)))
    rates: list[float] = []
    refused: dict[str, str] = {}
    for rate in DEFAULT_FMRS:
        try:
            calibration.point_for(rate)
            rates.append(rate)
        except CalibrationError as error:
            refused[f"{rate:g}"] = str(error)
    if not rates:
        raise CalibrationError(refused[f"{max(DEFAULT_FMRS):g}"])
    return Targets(tuple(rates), refused)
