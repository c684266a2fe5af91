"""Error rates at given thresholds, with bounds that know what comparisons share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.encodings import Pairing
from twinlet.metrics import (
    Comparisons,
    Unit,
    candidate_thresholds,
    clustered_upper,
    compare_all,
    count_by_cluster,
    dyadic_wilson,
    fmr,
    fnmr,
    generalised_frr,
    mated_dyads,
)
from twinlet.metrics.clustered import FEWEST_MATCHES
from twinlet.metrics.encoded import encode

STEPS = 40  # thresholds whose design effects stand in for those with few misses


@dataclass(frozen=True)
class MeasuredMisses:
    """What is missed at one operating point."""

    target: float  # the FMR the threshold was calibrated for, in (0, 1)
    threshold: float  # angular similarity; match when similarity >= threshold
    fnmr: float  # share of mated comparisons that did not match
    fnmr_interval: tuple[float, float]  # two-sided 95 % of `fnmr`; (0, 1) where nothing can be said


@dataclass(frozen=True)
class MeasuredPoint(MeasuredMisses):
    """Both error rates at one operating point."""

    fmr: float  # share of non-mated comparisons that matched
    fmr_upper: float  # one-sided 95 % upper bound of `fmr`; 1 where nothing can be said
    gfrr: float  # generalised false reject rate: `fnmr`, failures to acquire counted as misses


def measure_points(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: Mapping[float, float],
    *,
    unit: Unit,
    comparisons: Comparisons | None = None,
    fta: float = 0.0,
) -> tuple[MeasuredPoint, ...]:
    """Measure both error rates of all comparisons of labelled templates at given thresholds.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Target FMR -> finite threshold.
        unit: "identity" when users will be identities not seen here, "image" when they will be
            other images of these same ones.
        comparisons: What `compare_all` gives for them, where it is at hand.
        fta: Share of images that gave no template.

    Returns:
        One point a threshold, in their order. `fmr_upper` is `clustered_upper`, `fnmr_interval`
        is `dyadic_wilson`.

    Raises:
        InvalidInputError: The templates or labels cannot be compared, or the unit is unknown.
    """
    if not thresholds:
        return ()
    compared = compare_all(templates, labels) if comparisons is None else comparisons
    misses = measure_misses(templates, labels, thresholds, unit=unit, comparisons=compared)
    asked = np.array(list(thresholds.values()), dtype=np.float64)
    grid = np.union1d(asked, candidate_thresholds(compared.non_mated))
    counts = count_by_cluster(templates, labels, grid, unit=unit)
    upper = clustered_upper(counts)[np.searchsorted(grid, asked)]
    return tuple(
        MeasuredPoint(
            target=missed.target,
            threshold=missed.threshold,
            fnmr=missed.fnmr,
            fnmr_interval=missed.fnmr_interval,
            fmr=float(fmr(compared, missed.threshold)),
            fmr_upper=float(bound),
            gfrr=float(generalised_frr(missed.fnmr, fta=fta)),
        )
        for missed, bound in zip(misses, upper, strict=True)
    )


def measure_misses(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: Mapping[float, float],
    *,
    unit: Unit,
    comparisons: Comparisons,
    pairing: Pairing = Pairing.FLOAT32,
) -> tuple[MeasuredMisses, ...]:
    """Measure FNMR alone, for which mated comparisons, the fewer by far, are enough.

    Args:
        templates: As `measure_points`.
        labels: As `measure_points`.
        thresholds: As `measure_points`.
        unit: As `measure_points`.
        comparisons: What `compare_encoded` gives for them; only the mated ones are used.
        pairing: In which encodings they are compared.

    Returns:
        One point a threshold, in their order.

    Raises:
        InvalidInputError: As `mated_dyads`.
    """
    probes, enrolled = encode(templates, pairing)
    asked = np.array(list(thresholds.values()), dtype=np.float64)
    grid = np.union1d(asked, _with_misses(comparisons.mated))
    misses = mated_dyads(probes, labels, grid, unit=unit, enrolled=enrolled)
    intervals = dyadic_wilson(misses)[np.searchsorted(grid, asked)]
    return tuple(
        MeasuredMisses(
            target=float(target),
            threshold=float(threshold),
            fnmr=float(fnmr(comparisons, threshold)),
            fnmr_interval=(float(low), float(high)),
        )
        for (target, threshold), (low, high) in zip(thresholds.items(), intervals, strict=True)
    )


def _with_misses(mated: NDArray[np.float32]) -> NDArray[np.float64]:
    """Thresholds that miss enough comparisons to show where misses fall, up to half of them."""
    ranks = np.geomspace(1.0, max(1.0, len(mated) / 2.0 / FEWEST_MATCHES), STEPS)
    chosen = (FEWEST_MATCHES * ranks).astype(np.int64)
    return np.unique(mated[chosen[chosen < len(mated)]]).astype(np.float64)
