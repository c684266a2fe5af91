"""Fit thresholds of other scores of the same images to the promises of a calibration."""

from collections.abc import Iterable

from twinlet.calibration import Calibration
from twinlet.curve import indistinct
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import Comparisons, threshold_letting


def refit(
    comparisons: Comparisons, calibration: Calibration, targets: Iterable[float]
) -> Calibration:
    """Fit thresholds of other scores, such as those of int8 templates, to the same promises.

    At each rate as many non-mated comparisons may match as match at the threshold that is there,
    so what was proven of the rate holds.

    Args:
        comparisons: Of the same images as the calibration's.
        calibration: Of the file, for float32 templates.
        targets: Rates that the curve must hold, all of them held by `calibration`.

    Returns:
        The same with other thresholds; without the lowest rates, where no similarity below 1
        is rare enough.

    Raises:
        InvalidInputError: There are not as many comparisons.
        CalibrationError: A target cannot be held.
    """
    scores = comparisons.non_mated
    if len(scores) != calibration.comparisons:
        raise InvalidInputError(
            f"expected the {calibration.comparisons} non-mated comparisons of the calibration, "
            f"got {len(scores)}"
        )
    fitted = [
        float(threshold_letting(scores, round(point.fmr_measured * len(scores))))
        for point in calibration.supported  # a tail is of its own scores alone
    ]
    thresholds = [threshold for threshold in fitted if threshold <= 1.0]
    rates = [point.fmr for point in calibration.supported[len(fitted) - len(thresholds) :]]
    for target in targets:
        if not rates or target < rates[0]:
            raise CalibrationError(indistinct(comparisons, target))
    return calibration.with_thresholds(thresholds)
