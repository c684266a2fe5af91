"""Fit thresholds: the lowest ones whose False Match Rate is proven to be at most the target."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twinlet.calibration import Calibration, CurvePoint, check_rate, comparisons_needed, unsupported
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import (
    Comparisons,
    clopper_pearson_upper,
    count_at_least,
    most_errors,
    threshold_letting,
)
from twinlet_export.settings import CONFIDENCE

METHOD = "clopper-pearson (comparisons treated as independent)"

HIGHEST = 0.5  # the curve starts here: a verifier that lets half of all strangers in
PER_DECADE = 20  # neighbouring points of the curve differ by 12 percent


@dataclass(frozen=True)
class Source:
    """Where the comparisons came from, for the record."""

    protocol: str  # one sentence: which split, which comparisons
    data_fingerprint: str  # sha256 of the data set


def fit(
    comparisons: Comparisons,
    targets: Iterable[float],
    *,
    source: Source,
    confidence: float = CONFIDENCE,
) -> Calibration:
    """Fit the curve FMR -> threshold of one file.

    For each target the threshold is the lowest at which the one-sided Clopper-Pearson upper
    bound (Clopper and Pearson 1934) of the False Match Rate is at most the target. The bound
    is exact for independent comparisons; comparisons that share images are not independent,
    which the method's name says.

    Args:
        comparisons: Of the calibration split; only the non-mated ones are used.
        targets: Rates that the curve must hold, besides its own grid of 20 a decade from 0.5
            down to the lowest the data supports.
        source: Protocol and data.
        confidence: Of each bound, one-sided.

    Returns:
        The curve, by rising target.

    Raises:
        InvalidInputError: A target is not inside (0, 1).
        CalibrationError: A target is below what the comparisons support.
    """
    asked = sorted(set(targets))
    count = len(comparisons.non_mated)
    check_support(asked, count, confidence=confidence)
    lowest = clopper_pearson_upper(0, count, confidence)
    curve = []
    for target in sorted({*_grid(lowest), *asked}):
        point = _point(comparisons, target, confidence)
        if point is not None:
            curve.append(point)
        elif target in asked:
            raise CalibrationError(_indistinct(comparisons, target))
    if not curve:
        raise CalibrationError(_indistinct(comparisons, lowest))
    return Calibration(
        curve=tuple(curve),
        method=METHOD,
        confidence=confidence,
        comparisons=count,
        identities=comparisons.identities,
        images=comparisons.images,
        protocol=source.protocol,
        data_fingerprint=source.data_fingerprint,
    )


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
        for point in calibration.curve
    ]
    thresholds = [threshold for threshold in fitted if threshold <= 1.0]
    rates = [point.fmr for point in calibration.curve[len(fitted) - len(thresholds) :]]
    for target in targets:
        if not rates or target < rates[0]:
            raise CalibrationError(_indistinct(comparisons, target))
    return calibration.with_thresholds(thresholds)


def check_support(
    targets: Iterable[float], comparisons: int, *, confidence: float = CONFIDENCE
) -> None:
    """Refuse targets that so many non-mated comparisons cannot support, whatever they show.

    Raises:
        InvalidInputError: A target is not inside (0, 1).
        CalibrationError: A target needs more comparisons.
    """
    for target in targets:
        check_rate(target)
        if comparisons < comparisons_needed(target, confidence):
            lowest = clopper_pearson_upper(0, comparisons, confidence) if comparisons else None
            raise CalibrationError(unsupported(target, comparisons, confidence, lowest))


def _grid(lowest: float) -> list[float]:
    """Targets of the curve: geometric, ending in the lowest that can be promised."""
    steps = int(PER_DECADE * np.log10(HIGHEST / lowest)) + 1 if lowest <= HIGHEST else 0
    # Three digits, because people read them.
    geometric = [float(f"{HIGHEST * 10.0 ** (-i / PER_DECADE):.3g}") for i in range(steps)]
    return [lowest, *(target for target in geometric if target > lowest)]


def _point(comparisons: Comparisons, target: float, confidence: float) -> CurvePoint | None:
    """The lowest threshold for one target, or `None` when no similarity below 1 is rare enough."""
    scores = comparisons.non_mated  # rising
    count = len(scores)
    allowed = most_errors(count, target, confidence)  # at least 0: the target is supported
    threshold = float(threshold_letting(scores, allowed))
    if threshold > 1.0:
        return None
    matches = int(count_at_least(scores, threshold))
    return CurvePoint(
        fmr=target,
        threshold=threshold,
        fmr_measured=matches / count,
        fmr_upper=clopper_pearson_upper(matches, count, confidence),
    )


def _indistinct(comparisons: Comparisons, target: float) -> str:
    same = int(np.sum(comparisons.non_mated >= 1.0))
    return (
        f"cannot calibrate for FMR {target:g}: {same} of {len(comparisons.non_mated)} non-mated "
        f"comparisons have similarity 1, so no threshold tells them apart; expected different "
        f"identities to get different embeddings: look for duplicate images, or train longer"
    )
