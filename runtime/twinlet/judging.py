"""What other data say of a file of a bundle: do its promises hold there, has it drifted?"""

from collections.abc import Mapping
from dataclasses import dataclass

from numpy.typing import ArrayLike

from twinlet.bundle import FileEntry
from twinlet.drift import Drift, drift_from_shipped
from twinlet.metrics import Unit, compare_all, histogram
from twinlet.promise import PromiseCheck, check_promises, count_around


@dataclass(frozen=True)
class Judgement:
    """One file on other data."""

    promises: tuple[PromiseCheck, ...]  # in the order of the thresholds
    drift: Drift  # of non-mated similarities


def judge(
    entry: FileEntry,
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: Mapping[float, float],
    *,
    unit: Unit,
) -> Judgement:
    """Check a file's promises, with the confidence that they were made with, and its drift.

    Args:
        entry: Of the file.
        templates: Unit vectors (n, d) that this file made of the data, finite.
        labels: Identities (n,), integers or strings.
        thresholds: Target FMR -> the threshold that the file has for it.
        unit: Whom the verdict is about: other identities than these, or other images of these.

    Raises:
        InvalidInputError: The templates cannot be compared; there are no two identities.
    """
    strangers = compare_all(templates, labels, mates=False)
    counts = count_around(
        templates, labels, thresholds.values(), non_mated=strangers.non_mated, unit=unit
    )
    return Judgement(
        check_promises(counts, thresholds, confidence=entry.calibration.confidence),
        drift_from_shipped(entry.curves, entry.evaluation, histogram(strangers).non_mated, counts),
    )
