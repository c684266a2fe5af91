"""Thresholds and error rates of a file where int8 templates take part."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.bundle import CompactEntry, OperatingPoint
from twinlet.calibration import Calibration
from twinlet.encodings import COMPACT_PAIRINGS, Pairing
from twinlet.floors import not_below
from twinlet.likelihood import Likelihood
from twinlet.measuring import MeasuredMisses, measure_misses
from twinlet.metrics import Independent, Unit, compare_encoded
from twinlet.refitting import refit
from twinlet.weighing import weigh


@dataclass(frozen=True)
class Measured:
    """One file's float32 templates, and what was found with them."""

    calibrating: NDArray[np.float32]  # templates (n, d) of the calibration part, unit length
    testing: NDArray[np.float32]  # (m, d), of the test part
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]  # none where there is nothing to measure on
    # Comparisons of the calibration part; None where there are no others to try evidence on.
    independent: Independent | None = None


@dataclass(frozen=True)
class Compact:
    """What was found where int8 templates take part, one a pairing."""

    entries: dict[Pairing, CompactEntry]
    likelihoods: dict[Pairing, Likelihood]  # empty where there is nothing to measure them on


def prove_compact(
    measured: Measured,
    calibrating: ArrayLike,
    testing: ArrayLike,
    *,
    unit: Unit,
    floors: Mapping[Pairing, Calibration] = MappingProxyType({}),
) -> Compact:
    """Calibrate and measure int8 templates, as a gallery of float32 probes and among themselves.

    Args:
        measured: The file with float32 templates.
        calibrating: Identities (n,) of the calibration part.
        testing: Identities (m,) of the test part.
        unit: Who the interval of FNMR speaks of.
        floors: Calibrations whose thresholds are not to be gone below; see `not_below`.

    Returns:
        Images, comparisons, rates and targets are those of float32.

    Raises:
        CalibrationError: int8 templates do not tell identities apart where float32 ones do.
    """
    targets = [point.target for point in measured.operating_points]
    entries: dict[Pairing, CompactEntry] = {}
    likelihoods: dict[Pairing, Likelihood] = {}
    weighed = measured.independent
    for pairing in COMPACT_PAIRINGS:
        calibrated = compare_encoded(
            measured.calibrating, calibrating, pairing, mates=weighed is not None
        )
        calibration = refit(calibrated, measured.calibration, targets)
        if pairing in floors:
            calibration = not_below(calibration, floors[pairing], calibrated)
        points: tuple[OperatingPoint, ...] = ()
        if targets:
            thresholds = {target: calibration.point_for(target).threshold for target in targets}
            tested = compare_encoded(measured.testing, testing, pairing)
            found = measure_misses(
                measured.testing,
                testing,
                thresholds,
                unit=unit,
                pairing=pairing,
                comparisons=tested,
            )
            points = tuple(operating_point(calibration, point) for point in found)
            if weighed is not None:
                likelihoods[pairing] = weigh(calibrated, tested, weighed)
        entries[pairing] = CompactEntry(
            calibration=calibration,
            operating_points=points,
            more_misses=tuple(
                own.fnmr - exact.fnmr
                for own, exact in zip(points, measured.operating_points, strict=True)
            ),
        )
    return Compact(entries, likelihoods)


def operating_point(calibration: Calibration, tested: MeasuredMisses) -> OperatingPoint:
    """Join what a threshold does on the calibration part with what it misses on the test part."""
    fitted = calibration.point_for(tested.target)
    return OperatingPoint(
        target=tested.target,
        threshold=tested.threshold,
        fmr=fitted.fmr_measured,
        fmr_upper=fitted.fmr_upper,
        fnmr=tested.fnmr,
        fnmr_interval=tested.fnmr_interval,
    )
