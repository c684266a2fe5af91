"""Error rates of one file on labelled templates: what a bundle, `evaluate` and a report show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from twinlet.calibration import check_rate
from twinlet.curve import METHODS
from twinlet.errors import InvalidInputError
from twinlet.measuring import MeasuredPoint, measure_points
from twinlet.metrics import (
    FEWEST_CLUSTERS,
    Comparisons,
    Estimate,
    Replicates,
    RocCurve,
    ScoreHistogram,
    Unit,
    compare_all,
    draw_resamples,
    histogram,
    replicate,
    roc,
)
from twinlet.metrics.bootstrap import METHOD as BOOTSTRAP
from twinlet.metrics.dyadic import METHOD as WILSON
from twinlet.metrics.resamples import CONFIDENCE, RESAMPLES


@dataclass(frozen=True)
class Intervals:
    """What is known of how far the figures may be from those of other users."""

    unit: Unit  # what was resampled: the identities, or the images of these identities
    clusters: int  # so many of them
    resamples: int
    figures: Mapping[str, Estimate]  # auc, eer and recall_at_1
    reason: str  # why there are no intervals; empty where there are

    def to_json(self) -> dict[str, Any]:
        """JSON types; null for what cannot be said."""
        return {
            "unit": self.unit,
            "clusters": self.clusters,
            "confidence": CONFIDENCE,
            "resamples": self.resamples,
            **{name: figure.to_json()["interval"] for name, figure in self.figures.items()},
            "method": {
                "fmr_upper": METHODS[self.unit],
                "fnmr_interval": f"{WILSON}, by {self.unit}",
                **{name: f"{BOOTSTRAP}, by {self.unit}" for name in self.figures},
            },
            "reason": self.reason or None,
        }


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
    intervals: Intervals
    roc: RocCurve
    histogram: ScoreHistogram

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON types; the keys but `intervals` are fixed by the design."""
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
            "intervals": self.intervals.to_json(),
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
    unit: Unit,
    failures: int = 0,
    attempts: int | None = None,
    resamples: int = RESAMPLES,
    comparisons: Comparisons | None = None,
) -> Evaluation:
    """Compare all pairs of labelled templates and measure the error rates.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Target FMR -> threshold of the same file; may be empty.
        unit: Who the intervals speak of: "identity" for identities not seen here, "image" for
            other images of these same ones.
        failures: Images that gave no template (failures to acquire, ISO/IEC 19795-1).
        attempts: Images that these are some of; the templates and the failures if not given.
        resamples: Of identities or images, for the intervals of AUC, EER and recall.
        comparisons: What `compare_all` gives for them, where it is at hand.

    Returns:
        The figures. Thresholds are taken as given: nothing is chosen on these templates.

    Raises:
        InvalidInputError: The templates or labels cannot be compared (see `compare_all`), a
            target is not inside (0, 1) or its threshold not finite, two targets read the same,
            the unit is unknown, or `failures` is negative or more than the attempts.
    """
    _check_thresholds(thresholds)
    if failures < 0:
        raise InvalidInputError(f"failures must be a count of images, got {failures}")
    drawn = draw_resamples(labels, unit=unit, resamples=resamples)
    if comparisons is None:
        comparisons = compare_all(templates, labels)
    attempts = comparisons.images + failures if attempts is None else attempts
    if attempts < max(failures, 1):
        raise InvalidInputError(f"there are {failures} failures of only {attempts} attempts")
    intervals = _intervals(replicate(templates, labels, drawn, comparisons=comparisons))
    return Evaluation(
        auc=intervals.figures["auc"].value,
        eer=intervals.figures["eer"].value,
        fmr=measure_points(
            templates,
            labels,
            thresholds,
            unit=unit,
            comparisons=comparisons,
            fta=failures / attempts,
        ),
        recall_at_1=intervals.figures["recall_at_1"].value,
        mated=len(comparisons.mated),
        non_mated=len(comparisons.non_mated),
        identities=comparisons.identities,
        failures=failures,
        intervals=intervals,
        roc=roc(comparisons),
        histogram=histogram(comparisons),
    )


def _intervals(replicates: Replicates) -> Intervals:
    resamples = replicates.resamples
    reason = ""
    if resamples.clusters < FEWEST_CLUSTERS:
        what = "identities" if resamples.unit == "identity" else "images"
        reason = (
            f"{resamples.clusters} {what} cannot show how much {what} differ, at least "
            f"{FEWEST_CLUSTERS} are needed: nothing is known of others"
        )
    return Intervals(
        unit=resamples.unit,
        clusters=resamples.clusters,
        resamples=resamples.weights.shape[1] - 1,
        figures=replicates.estimates(),
        reason=reason,
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
