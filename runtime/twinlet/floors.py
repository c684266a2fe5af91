"""Thresholds that are not to fall below others."""

from dataclasses import replace

from twinlet.calibration import Calibration
from twinlet.metrics import Comparisons, count_at_least


def not_below(
    calibration: Calibration, floor: Calibration, comparisons: Comparisons
) -> Calibration:
    """Raise thresholds to those that another calibration has at the same rates.

    A higher threshold lets no more comparisons match, so the bounds hold as they stand.

    Args:
        calibration: Freshly fitted, without extrapolated points.
        floor: The other. Below its lowest rate, its threshold for that is the floor.
        comparisons: What was fitted to; `fmr_measured` is counted anew where a threshold rises.
    """
    curve = []
    for point in calibration.curve:
        least = floor.point_for(max(point.fmr, floor.lowest)).threshold
        if point.threshold < least:
            matches = int(count_at_least(comparisons.non_mated, least))
            rate = matches / len(comparisons.non_mated)
            point = replace(point, threshold=least, fmr_measured=rate)
        curve.append(point)
    return replace(calibration, curve=tuple(curve))
