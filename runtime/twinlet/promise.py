"""Does a promised False Match Rate hold on other data? Yes, no, or not enough data to tell.

Each answer has its own one-sided bound, so that either is wrong with at most 1 - confidence: a
promise is inside when the upper bound of the rate is at most the target, violated when the lower
bound is above it, and between the two nobody knows yet.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import check_rate
from twinlet.metrics import (
    FEWEST_CLUSTERS,
    ClusterCounts,
    candidate_thresholds,
    clustered_lower,
    clustered_upper,
    count_by_cluster,
    effective_comparisons,
)
from twinlet.metrics.clustered import lower_bound, upper_bound
from twinlet.metrics.clusters import Unit

# More trials than this are no advice to anybody.
MOST_TRIALS = 1e12


class Verdict(StrEnum):
    """What the data say of a promise."""

    INSIDE = "inside"  # the upper bound of the rate is at most the target
    VIOLATED = "violated"  # the lower bound of the rate is above the target
    UNDECIDED = "not enough data"


@dataclass(frozen=True)
class Needed:
    """About how much more data would decide, if the rate stays what it is."""

    clusters: int  # identities or images beyond those there are
    comparisons: int  # non-mated, that so many more bring, as many images to an identity


NOTHING = Needed(0, 0)


@dataclass(frozen=True)
class PromiseCheck:
    """One promise beside what was measured."""

    target: float  # the FMR that was promised, in (0, 1)
    threshold: float  # angular similarity; match when similarity >= threshold
    verdict: Verdict
    fmr: float  # measured
    fmr_lower: float  # one-sided bound; 0 where nothing can be said
    fmr_upper: float  # one-sided bound; 1 where nothing can be said
    confidence: float  # of each bound, one-sided
    unit: Unit  # what the bounds hold for: other identities, or other images of these
    clusters: int  # identities or images that were compared
    comparisons: int  # non-mated
    effective: float  # independent comparisons that tell as much; 0 where it is not known
    needed: Needed  # `NOTHING` where there is a verdict, or where no number helps

    def to_json(self) -> dict[str, Any]:
        """JSON types; the target is the key under which this stands."""
        return {
            "verdict": str(self.verdict),
            "threshold": self.threshold,
            "fmr": self.fmr,
            "fmr_lower": self.fmr_lower,
            "fmr_upper": self.fmr_upper,
            "confidence": self.confidence,
            "unit": self.unit,
            "clusters": self.clusters,
            "comparisons": self.comparisons,
            "effective_comparisons": self.effective,
            "more_clusters": self.needed.clusters,
            "more_comparisons": self.needed.comparisons,
        }

    def in_words(self) -> str:
        """One line for a person."""
        measured = (
            f"FMR {100 * self.fmr:.3g} % measured, between {100 * self.fmr_lower:.3g} and "
            f"{100 * self.fmr_upper:.3g} %"
        )
        line = f"FMR at most {100 * self.target:g} %: {self.verdict} ({measured})"
        if self.verdict is not Verdict.UNDECIDED or self.needed == NOTHING:
            return line
        what = "identities" if self.unit == "identity" else "images"
        return (
            f"{line}; about {self.needed.clusters:,} more {what} would tell "
            f"({self.needed.comparisons:,} more non-mated comparisons)"
        )


def count_around(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: Iterable[float],
    *,
    non_mated: NDArray[np.float32],
    unit: Unit,
) -> ClusterCounts:
    """Count false matches at thresholds, and at so many others that their spread shows.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Finite numbers.
        non_mated: Their non-mated similarities, ascending.
        unit: See `count_by_cluster`.

    Raises:
        InvalidInputError: See `count_by_cluster`.
    """
    candidates = candidate_thresholds(non_mated)
    around = np.unique(np.concatenate([candidates, np.fromiter(thresholds, np.float64)]))
    return count_by_cluster(templates, labels, around, unit=unit)


def check_promises(
    counts: ClusterCounts, thresholds: Mapping[float, float], *, confidence: float = 0.95
) -> tuple[PromiseCheck, ...]:
    """Judge promised rates on the comparisons that were counted.

    Args:
        counts: At all these thresholds and around them, from `count_around`.
        thresholds: Target FMR -> the threshold that was promised to hold it.
        confidence: Of each verdict, one-sided, in (0.5, 1).

    Returns:
        One check a target, in their order.

    Raises:
        InvalidInputError: A target is not inside (0, 1), or the confidence not in (0.5, 1).
        KeyError: A threshold is not among those counted.
    """
    places = {float(threshold): place for place, threshold in enumerate(counts.thresholds)}
    lower, upper = clustered_lower(counts, confidence), clustered_upper(counts, confidence)
    rates = counts.total_matches / counts.total
    effective = np.nan_to_num(effective_comparisons(counts, confidence), nan=0.0)
    checks = []
    for target, threshold in thresholds.items():
        check_rate(target)
        place = places[float(threshold)]
        low, high = float(lower[place]), float(upper[place])
        verdict = _verdict(target, low, high)
        trials = float(effective[place])
        rate = float(rates[place])
        checks.append(
            PromiseCheck(
                target=float(target),
                threshold=float(threshold),
                verdict=verdict,
                fmr=rate,
                fmr_lower=low,
                fmr_upper=high,
                confidence=confidence,
                unit=counts.unit,
                clusters=counts.clusters,
                comparisons=counts.total,
                effective=trials,
                needed=_needed(counts, trials, trials_needed(rate, target, confidence))
                if verdict is Verdict.UNDECIDED
                else NOTHING,
            )
        )
    return tuple(checks)


def trials_needed(rate: float, target: float, confidence: float = 0.95) -> float:
    """How many independent comparisons tell a rate from a target.

    Args:
        rate: As measured, in [0, 1].
        target: In (0, 1).
        confidence: One-sided, in (0, 1).

    Returns:
        The least number at which a bound of the rate lies on its own side of the target;
        infinite where more than `MOST_TRIALS` are, as when the two are equal.
    """

    def told(trials: float) -> bool:
        if rate < target:
            return upper_bound(rate, trials, confidence) <= target
        return lower_bound(rate, trials, confidence) > target

    if rate == target or not told(MOST_TRIALS):
        return math.inf
    # Bounds close in as trials grow, so halving the range finds the place; 1 percent is enough.
    few, many = 1.0, MOST_TRIALS
    while many > 1.01 * few:
        middle = math.sqrt(few * many)
        few, many = (few, middle) if told(middle) else (middle, many)
    return many


def _verdict(target: float, lower: float, upper: float) -> Verdict:
    if upper <= target:
        return Verdict.INSIDE
    return Verdict.VIOLATED if lower > target else Verdict.UNDECIDED


def _needed(counts: ClusterCounts, trials: float, wanted: float) -> Needed:
    """The effective number grows with the clusters at least in proportion; their pairs squared."""
    if math.isinf(wanted):
        return NOTHING
    there = counts.clusters
    clusters = max(FEWEST_CLUSTERS, there + 1)
    if trials > 0.0:
        clusters = max(clusters, math.ceil(there * wanted / trials))
    comparisons = math.ceil(counts.total * (clusters / there) ** 2)
    return Needed(clusters - there, comparisons - counts.total)
