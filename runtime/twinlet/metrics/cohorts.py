"""Error rates by group of people, cameras or whatever an attribute of the images tells apart.

Groups differ by chance too, most where they are small: read the intervals, not the ranking. The
worst group is the one with the highest measured rate among those that are measured well enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.calibration import check_rate
from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.clustered import FEWEST_CLUSTERS
from twinlet.metrics.clusters import Unit, checked_unit
from twinlet.metrics.dyadic import METHOD, dyadic_wilson
from twinlet.metrics.dyads import Dyads
from twinlet.metrics.false_matches import non_mated_dyads
from twinlet.metrics.misses import mated_dyads
from twinlet.metrics.resamples import CONFIDENCE

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# A rate of which fewer comparisons than this are expected to be decided wrongly, at the rate over
# all groups, tells a group from another by chance alone.
FEWEST_EXPECTED = 5


@dataclass(frozen=True)
class CohortRate:
    """One error rate of one group at one operating point."""

    rate: float | None  # None without a comparison
    interval: tuple[float, float]  # two-sided; 0 to 1, which says nothing, for too few clusters
    errors: int
    comparisons: int
    clusters: int  # identities or images behind them
    flag: str  # why it tells little; empty where it tells enough

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "rate": self.rate,
            "interval": list(self.interval),
            "errors": self.errors,
            "comparisons": self.comparisons,
            "clusters": self.clusters,
            "flag": self.flag or None,
        }


@dataclass(frozen=True)
class CohortPoint:
    """All groups at one operating point."""

    target: float
    threshold: float
    fmr: Mapping[str, CohortRate]  # by group: of two identities, both images in the group
    fnmr: Mapping[str, CohortRate]  # by group: of one identity, both images in the group
    across_fmr: CohortRate  # of two identities, images in two groups
    worst_fmr: str | None  # the group with the highest rate that is not flagged
    worst_fnmr: str | None

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "target": self.target,
            "threshold": self.threshold,
            "groups": {
                name: {"fmr": self.fmr[name].to_json(), "fnmr": self.fnmr[name].to_json()}
                for name in self.fmr
            },
            "across": {"fmr": self.across_fmr.to_json()},
            "worst": {"fmr": self.worst_fmr, "fnmr": self.worst_fnmr},
        }


@dataclass(frozen=True)
class Cohorts:
    """Error rates by group; made by `cohorts`."""

    unit: Unit
    images: Mapping[str, int]  # by group
    points: tuple[CohortPoint, ...]  # in the order of the thresholds given

    def to_json(self) -> dict[str, Any]:
        """JSON types; points by target."""
        return {
            "unit": self.unit,
            "method": METHOD,
            "confidence": CONFIDENCE,
            "images": dict(self.images),
            "fmr": {f"{point.target:g}": point.to_json() for point in self.points},
        }


def cohorts(
    templates: ArrayLike,
    labels: ArrayLike,
    groups: ArrayLike,
    thresholds: Mapping[float, float],
    *,
    unit: Unit,
) -> Cohorts:
    """Measure FMR and FNMR within each group, and FMR across groups.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        groups: The attribute of each image (n,), integers or strings, of at least two values.
        thresholds: Target FMR -> finite threshold.
        unit: "identity" when users will be identities not seen here, "image" when they will be
            other images of these same ones.

    Returns:
        The rates. A group with too few comparisons is in it, with a flag that says so.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, there is but one
            group, a target is not inside (0, 1), or a threshold is not finite.
    """
    checked_unit(unit)
    vectors = checked_templates(templates)
    codes = checked_labels(labels, len(vectors))
    names, members = _checked_groups(groups, len(vectors))
    limits = _checked(thresholds)
    within = [
        (
            _mated(vectors[own], codes[own], limits, unit),
            _non_mated(vectors[own], codes[own], limits, unit),
        )
        for own in (members == place for place in range(len(names)))
    ]
    across = _non_mated(vectors, codes, limits, unit, across=members)
    points = []
    for target, threshold in thresholds.items():
        place = int(np.searchsorted(limits, threshold))
        fnmr = _rates(names, [mated for mated, _ in within], place)
        fmr = _rates(names, [other for _, other in within], place)
        points.append(
            CohortPoint(
                target=float(target),
                threshold=float(threshold),
                fmr=fmr,
                fnmr=fnmr,
                across_fmr=_rate(across, place, _overall([across], place)),
                worst_fmr=_worst(fmr),
                worst_fnmr=_worst(fnmr),
            )
        )
    sizes = np.bincount(members).tolist()
    return Cohorts(unit, dict(zip(names, sizes, strict=True)), tuple(points))


def _mated(vectors: Floats, codes: Codes, limits: Floats, unit: Unit) -> Dyads | None:
    """Misses within a group; None where no identity has two images in it."""
    if not len(codes) or np.bincount(codes).max() < 2:
        return None
    return mated_dyads(vectors, codes, limits, unit=unit)


def _non_mated(
    vectors: Floats, codes: Codes, limits: Floats, unit: Unit, across: Codes | None = None
) -> Dyads | None:
    """False matches within a group, or across all; None where there is nothing to compare."""
    kinds = codes if across is None else across
    if len(np.unique(codes)) < 2 or len(np.unique(kinds)) < 2:
        return None
    if across is not None and not _any_across(codes, across):
        return None
    return non_mated_dyads(vectors, codes, limits, unit=unit, across=across)


def _any_across(codes: Codes, groups: Codes) -> bool:
    """Whether there are two images that differ in identity and in group."""
    pairs = np.unique(np.stack([codes, groups], axis=1), axis=0)
    return any(
        bool(((pairs[:, 0] != code) & (pairs[:, 1] != group)).any()) for code, group in pairs
    )


def _rates(names: list[str], counted: list[Dyads | None], place: int) -> dict[str, CohortRate]:
    overall = _overall(counted, place)
    return {name: _rate(one, place, overall) for name, one in zip(names, counted, strict=True)}


def _overall(counted: list[Dyads | None], place: int) -> float:
    """The rate over all groups."""
    there = [one for one in counted if one is not None]
    total = sum(one.total for one in there)
    return sum(float(one.errors[place]) for one in there) / total if total else 0.0


def _rate(dyads: Dyads | None, place: int, overall: float) -> CohortRate:
    if dyads is None:
        return CohortRate(None, (0.0, 1.0), 0, 0, 0, "there is nothing to compare")
    errors = round(float(dyads.errors[place]))
    flag = ""
    if dyads.clusters < FEWEST_CLUSTERS:
        one, more = ("identity", "identities") if dyads.unit == "identity" else ("image", "images")
        what = one if dyads.clusters == 1 else more
        flag = f"{dyads.clusters} {what}, at least {FEWEST_CLUSTERS} are needed for an interval"
    elif errors < FEWEST_EXPECTED and overall * dyads.total < FEWEST_EXPECTED:
        flag = (
            f"{dyads.total} comparisons, of which {overall * dyads.total:.1f} errors are expected "
            f"at the rate over all groups and {errors} were found: too few to rank it"
        )
    low, high = dyadic_wilson(dyads)[place]
    return CohortRate(
        rate=float(dyads.rates[place]),
        interval=(float(low), float(high)),
        errors=errors,
        comparisons=dyads.total,
        clusters=dyads.clusters,
        flag=flag,
    )


def _worst(rates: Mapping[str, CohortRate]) -> str | None:
    """The highest rate of those that are measured well enough; None where none has an error."""
    measured = {name: one.rate or 0.0 for name, one in rates.items() if not one.flag}
    worst = max(measured, key=lambda name: measured[name], default=None)
    return worst if worst is not None and measured[worst] > 0.0 else None


def _checked_groups(groups: ArrayLike, length: int) -> tuple[list[str], Codes]:
    values = np.asarray(groups)
    if values.shape != (length,) or values.dtype.kind not in "biuUS":
        raise InvalidInputError(
            f"groups must be {length} integers or strings, one per template, got {values.dtype} "
            f"of shape {values.shape}; fill in what is unknown by a name of its own"
        )
    names = [str(name) for name in np.unique(values)]
    if len(names) < 2:
        raise InvalidInputError(
            f"cohorts need images of at least two groups, got only {names[0]!r}"
        )
    return names, checked_labels(values)


def _checked(thresholds: Mapping[float, float]) -> Floats:
    """Every threshold once, rising."""
    for target, threshold in thresholds.items():
        check_rate(target)
        if not np.isfinite(threshold):
            raise InvalidInputError(
                f"the threshold for FMR {target:g} must be a finite number, got {threshold}"
            )
    if not thresholds:
        raise InvalidInputError("cohorts need a threshold to measure at, got none")
    return np.unique(np.array(list(thresholds.values()), dtype=np.float64))
