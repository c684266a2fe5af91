"""Error rates of one file on labelled templates: what a bundle, `evaluate` and a report show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twinlet.calibration import check_rate
from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    Comparisons,
    RocCurve,
    ScoreHistogram,
    auc,
    clopper_pearson_upper,
    compare_all,
    count_at_least,
    eer,
    generalised_frr,
    histogram,
    recall_at_k,
    roc,
    wilson,
)


@dataclass(frozen=True)
class MeasuredPoint:
    """Error rates measured at one operating point.

    The bounds treat comparisons as independent, which those of shared images are not.
    """

    target: float  # the FMR the threshold was calibrated for, in (0, 1)
    threshold: float  # angular similarity; match when similarity >= threshold
    fmr: float  # share of non-mated comparisons that matched
    fmr_upper: float  # one-sided 95 % upper bound of `fmr` (Clopper-Pearson)
    fnmr: float  # share of mated comparisons that did not match
    fnmr_interval: tuple[float, float]  # two-sided 95 % interval of `fnmr` (Wilson)
    gfrr: float  # generalised false reject rate: `fnmr`, failures to acquire counted as misses


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured on labelled templates."""

    auc: float  # area under the ROC, in [0, 1]
    eer: float  # equal error rate, in [0, 1]
    fmr: tuple[MeasuredPoint, ...]  # in the order of the thresholds given
    recall_at_1: float  # share of images whose nearest other image is a mate
    mated: int  # mated comparisons
    non_mated: int  # non-mated comparisons
    identities: int  # distinct identities
    failures: int  # images without a template; a miss in `gfrr`, in no other rate
    roc: RocCurve
    histogram: ScoreHistogram

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON types; the keys are fixed by the `evaluate` command."""
        return {
            "auc": self.auc,
            "eer": self.eer,
            "fmr": {
                f"{point.target:g}": {
                    "threshold": point.threshold,
                    "fmr": point.fmr,
                    "fmr_upper": point.fmr_upper,
                    "fnmr": point.fnmr,
                    "fnmr_interval": list(point.fnmr_interval),
                    # Without failures it is `fnmr`, so bundles need not hold it.
                    **({"gfrr": point.gfrr} if self.failures else {}),
                }
                for point in self.fmr
            },
            "recall_at_1": self.recall_at_1,
            "mated": self.mated,
            "non_mated": self.non_mated,
            "identities": self.identities,
            "failures": self.failures,
        }

    def curves_json(self) -> dict[str, Any]:
        """The ROC and the score histogram as JSON types, for a report to draw."""
        return {
            "roc": {
                "threshold": self.roc.thresholds.tolist(),
                "fmr": self.roc.fmr.tolist(),
                "tmr": self.roc.tmr.tolist(),
            },
            "histogram": {
                "edges": self.histogram.edges.tolist(),
                "mated": self.histogram.mated.tolist(),
                "non_mated": self.histogram.non_mated.tolist(),
            },
        }


def evaluate(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: Mapping[float, float],
    *,
    failures: int = 0,
    attempts: int | None = None,
) -> Evaluation:
    """Compare all pairs of labelled templates and measure the error rates.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Target FMR -> threshold of the same file; may be empty.
        failures: Images that gave no template (failures to acquire, ISO/IEC 19795-1).
        attempts: Images that these are some of; the templates and the failures if not given.

    Returns:
        The figures. Thresholds are taken as given: nothing is chosen on these templates.

    Raises:
        InvalidInputError: The templates or labels cannot be compared (see `compare_all`), a
            target is not inside (0, 1) or its threshold not finite, two targets read the same,
            or `failures` is negative or more than the attempts.
    """
    _check_thresholds(thresholds)
    if failures < 0:
        raise InvalidInputError(f"failures must be a count of images, got {failures}")
    comparisons = compare_all(templates, labels)
    attempts = comparisons.images + failures if attempts is None else attempts
    if attempts < max(failures, 1):
        raise InvalidInputError(f"there are {failures} failures of only {attempts} attempts")
    return Evaluation(
        auc=auc(comparisons),
        eer=eer(comparisons),
        fmr=measure_points(comparisons, thresholds, fta=failures / attempts),
        recall_at_1=recall_at_k(templates, labels, 1),
        mated=len(comparisons.mated),
        non_mated=len(comparisons.non_mated),
        identities=comparisons.identities,
        failures=failures,
        roc=roc(comparisons),
        histogram=histogram(comparisons),
    )


def measure_points(
    comparisons: Comparisons, thresholds: Mapping[float, float], *, fta: float = 0.0
) -> tuple[MeasuredPoint, ...]:
    """Measure the error rates at given thresholds.

    Args:
        comparisons: What was compared.
        thresholds: Target FMR -> finite threshold.
        fta: Share of images that gave no template.

    Returns:
        One point a threshold, in their order.
    """
    return tuple(_measure(comparisons, *item, fta=fta) for item in thresholds.items())


def _measure(
    comparisons: Comparisons, target: float, threshold: float, *, fta: float
) -> MeasuredPoint:
    mated, non_mated = len(comparisons.mated), len(comparisons.non_mated)
    matches = int(count_at_least(comparisons.non_mated, threshold))
    misses = mated - int(count_at_least(comparisons.mated, threshold))
    return MeasuredPoint(
        target=float(target),
        threshold=float(threshold),
        fmr=matches / non_mated,
        fmr_upper=clopper_pearson_upper(matches, non_mated),
        fnmr=misses / mated,
        fnmr_interval=wilson(misses, mated),
        gfrr=float(generalised_frr(misses / mated, fta=fta)),
    )


def _check_thresholds(thresholds: Mapping[float, float]) -> None:
    names: dict[str, float] = {}
    for target, threshold in thresholds.items():
        check_rate(target)
        if not np.isfinite(threshold):
            raise InvalidInputError(
                f"the threshold for FMR {target:g} must be a finite number, got {threshold}"
            )
        name = f"{target:g}"
        if name in names:
            raise InvalidInputError(
                f"the targets {names[name]!r} and {target!r} both read FMR {name}; give one"
            )
        names[name] = target
