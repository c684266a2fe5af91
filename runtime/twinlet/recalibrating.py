"""Calibrate a bundle anew on other data: thresholds move, files stay as they are byte for byte.

A threshold is never set below the shipped one at the same False Match Rate unless that is asked
for: a user's data are mostly fewer than those of the bundle's maker, and easier.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twinlet.bundle import FileEntry, OperatingPoint
from twinlet.calibrating import CONFIDENCE, Source, fit
from twinlet.calibration import Calibration
from twinlet.compacting import Measured, operating_point, prove_compact
from twinlet.evaluation import evaluate
from twinlet.floors import not_below
from twinlet.metrics import Comparisons, Unit, compare_all, histogram
from twinlet.metrics.checks import checked_labels

IN_SAMPLE = "measured on the very comparisons that chose the thresholds"


@dataclass(frozen=True)
class Terms:
    """How to calibrate anew."""

    targets: tuple[float, ...]  # FMRs that must be held, in (0, 0.5]
    hoped: tuple[float, ...] = ()  # FMRs for operating points as far as the data support them
    unit: Unit = "identity"  # who the promise is about: other identities, or other images of these
    confidence: float = CONFIDENCE  # one-sided, of each bound
    point_estimates: bool = False  # hold measured rates; nothing is promised then
    allow_lower: bool = False  # let thresholds fall below the shipped ones


@dataclass(frozen=True)
class Move:
    """The threshold of one file at one FMR: shipped, fitted, and taken."""

    target: float
    shipped: float  # angular similarity; at its lowest rate where it does not support the target
    fitted: float  # what the data alone ask for
    taken: float  # the higher one, unless lower ones were allowed

    @property
    def lowered(self) -> bool:
        """Whether more is let through than with the shipped threshold."""
        return self.taken < self.shipped

    def to_json(self) -> dict[str, float]:
        """JSON types; the target is the key under which this stands."""
        return {"shipped": self.shipped, "fitted": self.fitted, "threshold": self.taken}


@dataclass(frozen=True)
class Recalibrated:
    """One file, calibrated anew."""

    entry: FileEntry
    moves: tuple[Move, ...]  # in the order of the targets, then of what was hoped for


def recalibrate(
    entry: FileEntry, templates: ArrayLike, labels: ArrayLike, *, terms: Terms, source: Source
) -> Recalibrated:
    """Calibrate one file on labelled templates of its own making.

    FNMR and all other rates are measured on the same comparisons; that is said in `evaluation`.
    Where no identity has two templates there is no FNMR: then there are no operating points, and
    `evaluation` and `curves` hold what is known without.

    Args:
        entry: Of the shipped file.
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        terms: Targets, and what is to be promised.
        source: Protocol and data.

    Returns:
        The entry with a new calibration, operating points, evaluation, curves and, where it had
        any, thresholds for int8 templates.

    Raises:
        InvalidInputError: A target is not inside (0, 0.5], or the templates cannot be compared.
        CalibrationError: The comparisons do not support a target; the message says what is there
            and what is missing.
    """
    fitted = fit(
        templates,
        labels,
        terms.targets,
        unit=terms.unit,
        source=source,
        hoped=terms.hoped,
        confidence=terms.confidence,
        point_estimates=terms.point_estimates,
    )
    strangers = compare_all(templates, labels, mates=False)
    own = fitted if terms.allow_lower else not_below(fitted, entry.calibration, strangers)
    codes = checked_labels(labels)
    wanted = dict.fromkeys((*terms.targets, *terms.hoped))
    held = [target for target in wanted if own.lowest <= target * (1 + 1e-12)]
    mated = bool((np.bincount(codes) > 1).any())
    # What similarities are worth as evidence was measured on other data than these.
    new = replace(entry, calibration=own, likelihood={})
    if mated:
        new = _measured(new, templates, labels, held, terms.unit)
    else:
        new = replace(new, operating_points=(), **_without_mates(strangers))
    if entry.compact:
        vectors = np.asarray(templates, dtype=np.float32)
        floors = {pairing: part.calibration for pairing, part in entry.compact.items()}
        compact = prove_compact(
            Measured(vectors, vectors, own, new.operating_points),
            labels,
            labels,
            unit=terms.unit,
            floors={} if terms.allow_lower else floors,
        )
        new = replace(new, compact=compact.entries)
    moves = (_move(target, entry.calibration, fitted, own) for target in held)
    return Recalibrated(new, tuple(moves))


def _measured(
    entry: FileEntry, templates: ArrayLike, labels: ArrayLike, targets: list[float], unit: Unit
) -> FileEntry:
    calibration = entry.calibration
    thresholds = {target: calibration.point_for(target).threshold for target in targets}
    found = evaluate(templates, labels, thresholds, unit=unit)
    points: tuple[OperatingPoint, ...] = tuple(
        operating_point(calibration, point) for point in found.fmr
    )
    return replace(
        entry,
        operating_points=points,
        evaluation={**found.to_json(), "protocol": IN_SAMPLE},
        curves=found.curves_json(),
    )


def _without_mates(strangers: Comparisons) -> dict[str, Any]:
    shape = histogram(strangers)
    return {
        "evaluation": {
            "mated": 0,
            "non_mated": len(strangers.non_mated),
            "identities": strangers.identities,
            "protocol": IN_SAMPLE,
        },
        "curves": {
            "histogram": {
                "edges": shape.edges.tolist(),
                "mated": shape.mated.tolist(),
                "non_mated": shape.non_mated.tolist(),
            }
        },
    }


def _move(target: float, shipped: Calibration, fitted: Calibration, own: Calibration) -> Move:
    return Move(
        target,
        shipped.point_for(max(target, shipped.lowest)).threshold,
        fitted.point_for(target).threshold,
        own.point_for(target).threshold,
    )
