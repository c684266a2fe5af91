"""Have similarities of strangers moved since the bundle was made?

A threshold holds its False Match Rate only while non-mated similarities are distributed as they
were. They drift with the camera, the crop, the people: rising ones raise the FMR. Compared are two
histograms, the shipped one of the test split and that of the data at hand.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics import FEWEST_CLUSTERS, ClusterCounts, effective_comparisons

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.9, 0.99, 0.999)  # of the quantiles; the last ones are where thresholds lie
CONFIDENCE = 0.95

# A quantile says something when at least so many comparisons lie beyond it.
FEWEST_BEYOND = 10

# Effective numbers are taken where rates are above this: the distance is largest in the middle.
MIDDLE = 0.05


class Change(StrEnum):
    """What the two histograms say."""

    NONE = "none seen"  # no more apart than chance makes two samples of one distribution
    HIGHER = "higher"  # strangers look more alike than they did: more false matches
    LOWER = "lower"  # less alike
    UNKNOWN = "not enough data"  # fewer identities or images than show how much these differ
    NO_REFERENCE = "no reference"  # the bundle holds no similarities to compare with


@dataclass(frozen=True)
class Shift:
    """One quantile of the non-mated similarities, then and now."""

    level: float  # share of comparisons below it, in (0, 1)
    shipped: float  # angular similarity
    here: float  # angular similarity


@dataclass(frozen=True)
class Drift:
    """How far non-mated similarities lie from the shipped ones."""

    change: Change
    distance: float  # Kolmogorov-Smirnov, at the edges of the bins, in [0, 1]
    by_chance: float  # distance that chance exceeds in 5 % of cases; 1 where it is not known
    shifts: tuple[Shift, ...]  # of those `LEVELS` that both sides have enough comparisons for
    effective: float  # independent comparisons that tell as much as those here; 0: not known

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "change": str(self.change),
            "ks_distance": self.distance,
            "ks_by_chance": self.by_chance,
            "quantiles": {
                f"{shift.level:g}": {
                    "shipped": shift.shipped,
                    "here": shift.here,
                    "shift": shift.here - shift.shipped,
                }
                for shift in self.shifts
            },
            "effective_comparisons": self.effective,
        }

    def in_words(self) -> str:
        """One sentence."""
        moved = ", ".join(
            f"{100 * (shift.here - shift.shipped):+.1f} points at the {100 * shift.level:g} % "
            f"quantile"
            for shift in self.shifts
        )
        if self.change is Change.NO_REFERENCE:
            return (
                "drift of non-mated similarities: not known, the bundle holds no histogram of its "
                "own"
            )
        if self.change is Change.UNKNOWN:
            return (
                f"drift of non-mated similarities: not enough data to tell from chance (distance "
                f"{self.distance:.3f}{'; ' if moved else ''}{moved})"
            )
        beside = f"distance {self.distance:.3f}, by chance up to {self.by_chance:.3f}"
        beside += f"; {moved}" if moved else ""
        if self.change is Change.NONE:
            return f"drift of non-mated similarities: none seen ({beside})"
        return (
            f"drift of non-mated similarities: {self.change} than in the bundle's own test "
            f"({beside})"
        )


NO_REFERENCE = Drift(Change.NO_REFERENCE, 0.0, 1.0, (), 0.0)


def drift_from_shipped(
    curves: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    here: ArrayLike,
    counts: ClusterCounts,
) -> Drift:
    """Compare with what a file of a bundle states of its test split.

    Args:
        curves: Of the file.
        evaluation: Of the file.
        here: Non-mated counts (bins,) of the data at hand, in 100 bins as `histogram` makes them.
        counts: See `drift`.

    Returns:
        The drift; `NO_REFERENCE` where the bundle has no such histogram.
    """
    shipped = shipped_histogram(curves)
    if len(shipped) != len(np.asarray(here)):
        return NO_REFERENCE
    return drift(shipped, here, counts, clusters=shipped_clusters(evaluation, counts.unit))


def shipped_histogram(curves: Mapping[str, Any]) -> NDArray[np.int64]:
    """Read the non-mated histogram of a file's `curves`, whose keys no schema fixes.

    Returns:
        Counts in equal bins over [0, 1]; empty where the bundle holds none that can be read.
    """
    shape = curves.get("histogram")
    counts = shape.get("non_mated") if isinstance(shape, Mapping) else None
    edges = shape.get("edges") if isinstance(shape, Mapping) else None
    try:
        bins = np.asarray(counts, dtype=np.int64)
        same = np.allclose(np.asarray(edges, np.float64), np.linspace(0.0, 1.0, len(bins) + 1))
    except (TypeError, ValueError, OverflowError):
        return np.empty(0, dtype=np.int64)
    usable = bins.ndim == 1 and same and (bins >= 0).all() and bins.sum() > 0
    return bins if usable else np.empty(0, dtype=np.int64)


def shipped_clusters(evaluation: Mapping[str, Any], unit: str) -> int:
    """How many identities or images were compared for a file's `evaluation`; 0 if not said."""
    found = {name: evaluation.get(name) for name in ("identities", "mated", "non_mated")}
    if not all(isinstance(value, int) and value >= 0 for value in found.values()):
        return 0
    if unit == "identity":
        return int(found["identities"] or 0)
    # All pairs of n images are n (n - 1) / 2.
    pairs = int(found["mated"] or 0) + int(found["non_mated"] or 0)
    return (1 + math.isqrt(1 + 8 * pairs)) // 2


def drift(shipped: ArrayLike, here: ArrayLike, counts: ClusterCounts, *, clusters: int) -> Drift:
    """Compare the non-mated similarities of two data sets.

    The distance is Kolmogorov and Smirnov's, and what chance makes of it is their asymptotic
    `sqrt(-ln(0.05 / 2) / 2 * (1 / n + 1 / m))` (Smirnov 1948) with effective numbers in the place
    of n and m, since comparisons share images and identities. Between bins it is not looked at,
    which makes the distance smaller, never larger. The bundle does not hold how much its
    identities differ; they are taken to differ as those here do.

    Args:
        shipped: Counts (bins,) of the bundle, equal bins over [0, 1].
        here: The same of the data at hand.
        counts: False matches of the data at hand around its thresholds.
        clusters: Identities or images behind `shipped`, as `counts.unit` says; 0: not known.

    Raises:
        InvalidInputError: The histograms do not have as many bins, or one is empty.
    """
    then, now = np.asarray(shipped, dtype=np.float64), np.asarray(here, dtype=np.float64)
    if then.ndim != 1 or then.shape != now.shape or not then.sum() or not now.sum():
        raise InvalidInputError(
            f"expected two histograms of as many bins with comparisons in both, got shapes "
            f"{then.shape} and {now.shape} with {then.sum():g} and {now.sum():g} comparisons"
        )
    gaps = np.cumsum(now) / now.sum() - np.cumsum(then) / then.sum()
    place = int(np.argmax(np.abs(gaps)))
    distance = float(abs(gaps[place]))
    effective = _effective(counts)
    by_chance = 1.0
    if effective > 0.0 and clusters > 0:
        others = min(float(then.sum()), effective * clusters / counts.clusters)
        spread = math.sqrt(-math.log((1.0 - CONFIDENCE) / 2.0) / 2.0)
        by_chance = min(1.0, spread * math.sqrt(1.0 / effective + 1.0 / others))
    change = Change.NONE
    if by_chance >= 1.0:
        change = Change.UNKNOWN
    elif distance > by_chance:
        # Fewer comparisons below a similarity is more of them above it.
        change = Change.HIGHER if gaps[place] < 0.0 else Change.LOWER
    return Drift(change, distance, by_chance, _shifts(then, now), effective)


def _effective(counts: ClusterCounts) -> float:
    """The smallest effective number where it matters; 0 where clusters are too few to tell."""
    if counts.clusters < FEWEST_CLUSTERS:
        return 0.0
    rates = counts.total_matches / counts.total
    numbers = effective_comparisons(counts)[rates >= MIDDLE]
    known = numbers[~np.isnan(numbers)]
    return float(known.min()) if len(known) else 0.0


def _shifts(then: Floats, now: Floats) -> tuple[Shift, ...]:
    beyond = min(then.sum(), now.sum())
    return tuple(
        Shift(level, _quantile(then, level), _quantile(now, level))
        for level in LEVELS
        if beyond * (1.0 - level) >= FEWEST_BEYOND
    )


def _quantile(counts: Floats, level: float) -> float:
    """Where a share of the comparisons lies below, spread evenly within a bin."""
    below = np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    bin_ = int(np.searchsorted(below, level, side="left")) - 1
    inside = (level - below[bin_]) / (below[bin_ + 1] - below[bin_])
    return float((bin_ + inside) / len(counts))
