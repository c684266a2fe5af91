"""Thresholds and error rates of a file where int8 templates take part."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import CompactEntry, OperatingPoint
from twinlet.calibrating import refit
from twinlet.calibration import Calibration
from twinlet.encodings import COMPACT_PAIRINGS, Pairing
from twinlet.measuring import MeasuredPoint, measure_points
from twinlet.metrics import Unit, compare_encoded


@dataclass(frozen=True)
class Measured:
    """One file's float32 templates, and what was found with them."""

    calibrating: NDArray[np.float32]  # templates (n, d) of the calibration part, unit length
    testing: NDArray[np.float32]  # (m, d), of the test part
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]


def prove_compact(
    measured: Measured,
    calibrating: NDArray[np.int64],
    testing: NDArray[np.int64],
    *,
    unit: Unit,
) -> dict[Pairing, CompactEntry]:
    """Calibrate and measure int8 templates, as a gallery of float32 probes and among themselves.

    Args:
        measured: The file with float32 templates.
        calibrating: Identities (n,) of the calibration part.
        testing: Identities (m,) of the test part.
        unit: Who the interval of FNMR speaks of.

    Returns:
        One entry a pairing. Images, comparisons, rates and targets are those of float32.

    Raises:
        CalibrationError: int8 templates do not tell identities apart where float32 ones do.
    """
    targets = [point.target for point in measured.operating_points]
    entries = {}
    for pairing in COMPACT_PAIRINGS:
        calibrated = compare_encoded(measured.calibrating, calibrating, pairing)
        calibration = refit(calibrated, measured.calibration, targets)
        thresholds = {target: calibration.point_for(target).threshold for target in targets}
        tested = measure_points(measured.testing, testing, thresholds, unit=unit, pairing=pairing)
        points = tuple(operating_point(calibration, point) for point in tested)
        entries[pairing] = CompactEntry(
            calibration=calibration,
            operating_points=points,
            more_misses=tuple(
                own.fnmr - exact.fnmr
                for own, exact in zip(points, measured.operating_points, strict=True)
            ),
        )
    return entries


def operating_point(calibration: Calibration, tested: MeasuredPoint) -> OperatingPoint:
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
