"""Fit thresholds: the lowest ones whose False Match Rate is proven to be at most the target."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import (
    Basis,
    Calibration,
    CurvePoint,
    Support,
    check_rate,
    unmeasured,
    unsupported,
)
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import (
    FEWEST_CLUSTERS,
    Comparisons,
    Unit,
    candidate_thresholds,
    clopper_pearson_upper,
    clustered_upper,
    compare_all,
    count_at_least,
    count_by_cluster,
    fit_tail,
    lowest_holding,
    threshold_letting,
)

CONFIDENCE = 0.95  # one-sided, of every promised False Match Rate

METHODS = {
    "identity": "Clopper-Pearson on the effective number of comparisons, whose variance is the "
    "jackknife's over identities",
    "image": "Clopper-Pearson on the effective number of comparisons, whose variance is the "
    "jackknife's over images; for other images of these identities",
    "comparison": "Clopper-Pearson, comparisons independent of each other",
}
ESTIMATES = "point estimates: the measured rate is at most the target, nothing is promised"

HIGHEST = 0.5  # the curve starts here: a verifier that lets half of all strangers in
PER_DECADE = 20  # neighbouring points of the curve differ by 12 percent
DEEPEST = 100.0  # extrapolated rates reach down to the lowest supported one divided by this


@dataclass(frozen=True)
class Source:
    """Where the comparisons came from, for the record."""

    protocol: str  # one sentence: which split, which comparisons
    data_fingerprint: str  # sha256 of the data set


@dataclass(frozen=True)
class _Candidates:
    """Thresholds that may be chosen, and what is known of the rate at each."""

    thresholds: NDArray[np.float64]  # (t,) rising
    rates: NDArray[np.float64]  # (t,) measured
    bounds: NDArray[np.float64]  # (t,) at most these with confidence; the rates for estimates


def fit(
    templates: ArrayLike,
    labels: ArrayLike,
    targets: Iterable[float],
    *,
    unit: Unit,
    source: Source,
    hoped: Iterable[float] = (),
    confidence: float = CONFIDENCE,
    point_estimates: bool = False,
    extrapolate: bool = False,
) -> Calibration:
    """Fit the curve FMR -> threshold of one file to all comparisons of labelled templates.

    For each target the threshold is the lowest whose upper bound is at most the target, among
    candidates at measured rates 6 percent apart. The bound knows which comparisons share an
    identity or an image: see `twinlet.metrics.clustered_upper`.

    Args:
        templates: Unit vectors (n, d) of the calibration split, finite.
        labels: Identities (n,), integers or strings.
        targets: Rates that the curve must hold, in (0, 0.5], besides its own grid of 20 a decade
            from 0.5 down to the lowest the data supports.
        unit: "identity" when users will be other identities than these, "image" when they will
            be other images of these very ones.
        source: Protocol and data.
        hoped: More rates, in (0, 0.5], for points of their own as far as the data supports them.
        confidence: Of each bound, one-sided, in (0.5, 1).
        point_estimates: Hold the measured rates instead of their bounds. Nothing is promised
            then, and the calibration says so.
        extrapolate: Add points down to a hundredth of the lowest rate, from a fitted tail (see
            `twinlet.metrics.tail`). They are marked, nothing is promised of them, and they are
            found only by those who ask for them.

    Returns:
        The curve, by rising target.

    Raises:
        InvalidInputError: A target is not inside (0, 0.5], or the templates or labels cannot be
            compared.
        CalibrationError: A target is below what the comparisons support, or identities have
            embeddings that no threshold tells apart.
    """
    asked, wanted = _checked(targets), _checked(hoped)
    comparisons = compare_all(templates, labels, mates=False)
    thresholds = candidate_thresholds(comparisons.non_mated)
    if not len(thresholds):
        raise CalibrationError(_indistinct(comparisons, max(asked, default=HIGHEST)))
    if point_estimates:
        candidates = _estimated(comparisons, thresholds)
    else:
        counts = count_by_cluster(templates, labels, thresholds, unit=unit)
        _check_clusters(counts.clusters, comparisons, unit, confidence)
        bounds = clustered_upper(counts, confidence)
        candidates = _Candidates(thresholds, counts.total_matches / counts.total, bounds)
    calibration = _calibration(
        comparisons,
        candidates,
        asked,
        wanted,
        unit=unit,
        source=source,
        confidence=confidence,
        basis=Basis.ESTIMATE if point_estimates else Basis.BOUND,
    )
    if not extrapolate:
        return calibration
    beyond = _beyond(comparisons, calibration.curve[0])
    return replace(calibration, curve=(*beyond, *calibration.curve))


def fit_independent(
    comparisons: Comparisons,
    targets: Iterable[float],
    *,
    source: Source,
    confidence: float = CONFIDENCE,
) -> Calibration:
    """The same for comparisons that share no image and no identity, such as given pairs.

    The bound is Clopper and Pearson's (1934), exact for independent comparisons and far too
    narrow for all comparisons of some images.

    Raises:
        InvalidInputError: A target is not inside (0, 0.5].
        CalibrationError: A target is below what the comparisons support.
    """
    asked = _checked(targets)
    thresholds = candidate_thresholds(comparisons.non_mated)
    if not len(thresholds):
        raise CalibrationError(_indistinct(comparisons, max(asked, default=HIGHEST)))
    count = len(comparisons.non_mated)
    matches = count_at_least(comparisons.non_mated, thresholds)
    bounds = np.array([clopper_pearson_upper(int(one), count, confidence) for one in matches])
    return _calibration(
        comparisons,
        _Candidates(thresholds, matches / count, bounds),
        asked,
        [],
        unit="comparison",
        source=source,
        confidence=confidence,
        basis=Basis.BOUND,
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
        for point in calibration.supported  # a tail is of its own scores alone
    ]
    thresholds = [threshold for threshold in fitted if threshold <= 1.0]
    rates = [point.fmr for point in calibration.supported[len(fitted) - len(thresholds) :]]
    for target in targets:
        if not rates or target < rates[0]:
            raise CalibrationError(_indistinct(comparisons, target))
    return calibration.with_thresholds(thresholds)


def _beyond(comparisons: Comparisons, lowest: CurvePoint) -> list[CurvePoint]:
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


def _checked(targets: Iterable[float]) -> list[float]:
    asked = sorted(set(targets))
    for target in asked:
        check_rate(target)
        if target > HIGHEST:
            raise InvalidInputError(
                f"the target FMR must be at most {HIGHEST:g}, got {target:g}: a verifier that "
                f"lets more than half of all strangers in decides nothing"
            )
    return asked


def _check_clusters(clusters: int, comparisons: Comparisons, unit: Unit, confidence: float) -> None:
    if clusters >= FEWEST_CLUSTERS:
        return
    what = "identities" if unit == "identity" else "images"
    raise CalibrationError(
        f"cannot calibrate: a promise at {confidence:.0%} confidence for other {what} needs at "
        f"least {FEWEST_CLUSTERS} {what} to see how much they differ, got {clusters} "
        f"({len(comparisons.non_mated)} non-mated comparisons among {comparisons.images} images of "
        f"{comparisons.identities} identities); add {what}, or ask for point estimates, which "
        f"promise nothing"
    )


def _estimated(comparisons: Comparisons, thresholds: NDArray[np.float64]) -> _Candidates:
    """The measured rates; the last, of no match at all, stands for one comparison in n."""
    count = len(comparisons.non_mated)
    rates = count_at_least(comparisons.non_mated, thresholds) / count
    return _Candidates(thresholds, rates, np.maximum(rates, 1.0 / count))


def _calibration(
    comparisons: Comparisons,
    candidates: _Candidates,
    asked: list[float],
    hoped: list[float],
    *,
    unit: str,
    source: Source,
    confidence: float,
    basis: Basis,
) -> Calibration:
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
                raise CalibrationError(_indistinct(comparisons, target))
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


def _indistinct(comparisons: Comparisons, target: float) -> str:
    same = int(np.sum(comparisons.non_mated >= 1.0))
    return (
        f"cannot calibrate for FMR {target:g}: {same} of {len(comparisons.non_mated)} non-mated "
        f"comparisons have similarity 1, so no threshold tells them apart; expected different "
        f"identities to get different embeddings: look for duplicate images, or train longer"
    )
