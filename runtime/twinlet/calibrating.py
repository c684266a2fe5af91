"""Fit thresholds: the lowest ones whose False Match Rate is proven to be at most the target."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import HIGHEST, Basis, Calibration, check_fmr
from twinlet.curve import Candidates, Source, beyond, curve_of, indistinct
from twinlet.errors import CalibrationError
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
)
from twinlet.metrics.clustered import check_confidence
from twinlet.metrics.clusters import checked_unit

__all__ = ["CONFIDENCE", "Source", "fit", "fit_independent"]

CONFIDENCE = 0.95  # one-sided, of every promised False Match Rate


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
        confidence: Of each bound, one-sided, in (0.5, 1); checked even where there is none.
        point_estimates: Hold the measured rates instead of their bounds. Nothing is promised
            then, and the calibration says so.
        extrapolate: Add points down to a hundredth of the lowest rate, from a fitted tail (see
            `twinlet.metrics.tail`). They are marked, nothing is promised of them, and they are
            found only by those who ask for them.

    Returns:
        The curve, by rising target.

    Raises:
        InvalidInputError: The confidence is not inside (0.5, 1), the unit is unknown, a target is
            not inside (0, 0.5], or the templates or labels cannot be compared.
        CalibrationError: A target is below what the comparisons support, or identities have
            embeddings that no threshold tells apart.
    """
    check_confidence(confidence)
    checked_unit(unit)
    asked, wanted = _checked(targets), _checked(hoped)
    comparisons = compare_all(templates, labels, mates=False)
    thresholds = _candidates(comparisons, asked)
    if point_estimates:
        candidates = _estimated(comparisons, thresholds)
    else:
        counts = count_by_cluster(templates, labels, thresholds, unit=unit)
        _check_clusters(counts.clusters, comparisons, unit, confidence)
        bounds = clustered_upper(counts, confidence)
        candidates = Candidates(thresholds, counts.total_matches / counts.total, bounds)
    calibration = curve_of(
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
    tail = beyond(comparisons, calibration.curve[0])
    return replace(calibration, curve=(*tail, *calibration.curve))


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
        InvalidInputError: A target is not inside (0, 0.5], or the confidence not in (0.5, 1).
        CalibrationError: A target is below what the comparisons support.
    """
    check_confidence(confidence)
    asked = _checked(targets)
    thresholds = _candidates(comparisons, asked)
    count = len(comparisons.non_mated)
    matches = count_at_least(comparisons.non_mated, thresholds)
    bounds = np.array([clopper_pearson_upper(int(one), count, confidence) for one in matches])
    return curve_of(
        comparisons,
        Candidates(thresholds, matches / count, bounds),
        asked,
        [],
        unit="comparison",
        source=source,
        confidence=confidence,
        basis=Basis.BOUND,
    )


def _candidates(comparisons: Comparisons, asked: list[float]) -> NDArray[np.float64]:
    scores = comparisons.non_mated
    thresholds = candidate_thresholds(scores)
    if not len(thresholds):
        raise CalibrationError(indistinct(comparisons, max(asked, default=HIGHEST)))
    if len(scores) > 1 and scores[0] == scores[-1]:
        raise CalibrationError(
            f"cannot calibrate: all {len(scores)} non-mated comparisons have the similarity "
            f"{scores[0]:g}, and embeddings of different identities are never all as far apart; "
            f"look for a model that gives constants, or for images that are all alike"
        )
    return thresholds


def _checked(targets: Iterable[float]) -> list[float]:
    asked = sorted(set(targets))
    for target in asked:
        check_fmr(target)
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


def _estimated(comparisons: Comparisons, thresholds: NDArray[np.float64]) -> Candidates:
    """The measured rates; the last, of no match at all, stands for one comparison in n."""
    count = len(comparisons.non_mated)
    rates = count_at_least(comparisons.non_mated, thresholds) / count
    return Candidates(thresholds, rates, np.maximum(rates, 1.0 / count))
