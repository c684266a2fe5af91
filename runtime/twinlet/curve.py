"""From what is known of rates at candidate thresholds to the curve of a calibration."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.calibration import (
    HIGHEST,
    Basis,
    Calibration,
    CurvePoint,
    Support,
    unmeasured,
    unsupported,
)
from twinlet.errors import CalibrationError
from twinlet.metrics import Comparisons, count_at_least, fit_tail, lowest_holding

METHODS = {
    "identity": "Clopper-Pearson on the effective number of comparisons, whose variance is the "
    "jackknife's over identities",
    "image": "Clopper-Pearson on the effective number of comparisons, whose variance is the "
    "jackknife's over images; for other images of these identities",
    "comparison": "Clopper-Pearson, comparisons independent of each other",
}
ESTIMATES = "point estimates: the measured rate is at most the target, nothing is promised"

PER_DECADE = 20  # neighbouring points of the curve differ by 12 percent
DEEPEST = 100.0  # extrapolated rates reach down to the lowest supported one divided by this


@dataclass(frozen=True)
class Source:
    """Where the comparisons came from, for the record."""

    protocol: str  # one sentence: which split, which comparisons
    data_fingerprint: str  # sha256 of the data set


@dataclass(frozen=True)
class Candidates:
    """Thresholds that may be chosen, and what is known of the rate at each."""

    thresholds: NDArray[np.float64]  # (t,) rising
    rates: NDArray[np.float64]  # (t,) measured
    bounds: NDArray[np.float64]  # (t,) at most these with confidence; the rates for estimates


def beyond(comparisons: Comparisons, lowest: CurvePoint) -> list[CurvePoint]:
    """Points below the lowest that comparisons support, never more lenient than it."""
    tail = fit_tail(comparisons.non_mated)
    steps = np.arange(int(PER_DECADE * np.log10(DEEPEST)), 0, -1)
    rates = [float(f"{lowest.fmr * 10.0 ** (-step / PER_DECADE):.3g}") for step in steps]
    thresholds = np.maximum(tail.thresholds(rates), lowest.threshold)
    count = len(comparisons.non_mated)
    return [
        CurvePoint(
            fmr=rate,
            threshold=float(threshold),
            fmr_measured=int(count_at_least(comparisons.non_mated, threshold)) / count,
            fmr_upper=None,
            basis=Basis.EXTRAPOLATED,
        )
        for rate, threshold in zip(rates, thresholds, strict=True)
        if threshold <= 1.0  # no similarity lies above
    ]


def curve_of(
    comparisons: Comparisons,
    candidates: Candidates,
    asked: list[float],
    hoped: list[float],
    *,
    unit: str,
    source: Source,
    confidence: float,
    basis: Basis,
) -> Calibration:
    """Choose a threshold for each target and make the curve of them.

    Args:
        comparisons: All that there are; identical scores decide which refusal is worded.
        candidates: What is known of the rate at each threshold that may be chosen.
        asked: Targets to hold, each in (0, `HIGHEST`], rising.
        hoped: The same, as far as they are supported.
        unit: One of `twinlet.calibration.UNITS`.
        source: Protocol and data.
        confidence: Of the bounds.
        basis: What stands behind the candidates.

    Raises:
        CalibrationError: A target that was asked for is not supported, or none at all is.
    """
    lowest = _rounded_up(float(candidates.bounds[-1]))
    there = Support(
        len(comparisons.non_mated),
        comparisons.identities,
        comparisons.images,
        unit,
        lowest if lowest <= HIGHEST else None,
    )
    for target in asked:
        if target < lowest:
            if candidates.rates[-1] > 0.0:
                raise CalibrationError(indistinct(comparisons, target))
            if basis is Basis.ESTIMATE:
                raise CalibrationError(unmeasured(target, there.comparisons))
            raise CalibrationError(unsupported(target, there, confidence))
    if there.lowest is None:
        raise CalibrationError(unsupported(HIGHEST, there, confidence))
    curve = []
    for target in sorted({*_grid(lowest), *asked, *(rate for rate in hoped if rate >= lowest)}):
        place = lowest_holding(candidates.bounds, target)
        assert place is not None  # `lowest` is held
        curve.append(
            CurvePoint(
                fmr=target,
                threshold=float(candidates.thresholds[place]),
                fmr_measured=float(candidates.rates[place]),
                fmr_upper=float(candidates.bounds[place]) if basis is Basis.BOUND else None,
                basis=basis,
            )
        )
    return Calibration(
        curve=tuple(curve),
        method=METHODS[unit] if basis is Basis.BOUND else ESTIMATES,
        confidence=confidence,
        comparisons=there.comparisons,
        identities=there.identities,
        images=there.images,
        protocol=source.protocol,
        data_fingerprint=source.data_fingerprint,
        unit=unit,
    )


def _grid(lowest: float) -> list[float]:
    """Targets of the curve: geometric, ending in the lowest that can be promised."""
    steps = int(PER_DECADE * np.log10(HIGHEST / lowest)) + 1
    # Three digits, because people read them.
    geometric = [float(f"{HIGHEST * 10.0 ** (-i / PER_DECADE):.3g}") for i in range(steps)]
    return [lowest, *(target for target in geometric if target > lowest)]


def _rounded_up(rate: float) -> float:
    """To two digits: what a message names is then what is held."""
    step = 10.0 ** (math.floor(math.log10(rate)) - 1)
    rounded = float(f"{math.ceil(rate / step) * step:.2g}")
    return rounded if rounded >= rate else float(f"{rounded + step:.2g}")


def indistinct(comparisons: Comparisons, target: float) -> str:
    """Word the refusal of a target that similarities of 1 put out of reach."""
    same = int(np.sum(comparisons.non_mated >= 1.0))
    return (
        f"cannot calibrate for FMR {target:g}: {same} of {len(comparisons.non_mated)} non-mated "
        f"comparisons have similarity 1, so no threshold tells them apart; expected different "
        f"identities to get different embeddings: look for duplicate images, or train longer"
    )
