"""Intervals of AUC, EER, FNMR at an FMR and recall, by resampling identities or images.

Every figure is computed anew in each resample, the threshold for an FMR too. The interval lies
between percentiles, a little further out than those of the confidence: of few clusters percentiles
span too little, by about the square root of (g - 1) / g and the ratio of the normal quantile to
Student's (Hesterberg 2015, arXiv:1411.5279, section 5.3).

What it can promise is measured in benchmarks/intervals.py: 95 % intervals of the AUC held the true
value of other identities in 88 to 96 % of worlds, of the EER in 93 to 97 %, of recall@1 in only 80
to 94 %, the fewer identities the less. Where clusters hardly matter the pigeonhole bootstrap
triples the variance (Owen 2007): intervals of FMR and of FNMR at an FMR are too wide there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.metrics.clustered import FEWEST_CLUSTERS
from twinlet.metrics.comparisons import Comparisons, compare_all
from twinlet.metrics.curves import auc
from twinlet.metrics.grid import score_grid
from twinlet.metrics.intervals import checked_confidence, score_interval
from twinlet.metrics.ranking import hits_at_k
from twinlet.metrics.rates import eer, fnmr_at_fmr
from twinlet.metrics.resampled import count_resampled
from twinlet.metrics.resampled_rates import auc_resampled, eer_resampled, fnmr_at_fmr_resampled
from twinlet.metrics.resamples import CONFIDENCE, Resamples
from twinlet.metrics.students import student_quantile

METHOD = "percentile pigeonhole bootstrap"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its two-sided interval."""

    value: float
    interval: tuple[float, float] | None  # None where too few clusters can show how they differ

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {"value": self.value, "interval": self.interval and list(self.interval)}


@dataclass(frozen=True, eq=False)
class Replicates:
    """Figures of the data and of each resample of it; made by `replicate`."""

    resamples: Resamples
    values: Mapping[str, Floats]  # by name; (1 + r,) the first of the data as it is

    def estimates(self, confidence: float = CONFIDENCE) -> dict[str, Estimate]:
        """Each figure with its interval.

        Args:
            confidence: In (0, 1), two-sided.

        Returns:
            By name. Where all resamples agree on 0 or 1, as when scores separate, the other end
            is Wilson's for as many independent trials as there are clusters.

        Raises:
            InvalidInputError: The confidence is not in (0, 1).
        """
        clusters = self.resamples.clusters
        estimates = {}
        for name, values in self.values.items():
            found = estimate(values, clusters, confidence)
            if found.interval in ((0.0, 0.0), (1.0, 1.0)):
                normal = NormalDist().inv_cdf(0.5 + confidence / 2.0)
                found = Estimate(found.value, score_interval(found.value, clusters, normal))
            estimates[name] = found
        return estimates


def replicate(
    templates: ArrayLike,
    labels: ArrayLike,
    resamples: Resamples,
    *,
    fmrs: Sequence[float] = (),
    recalls: Sequence[int] = (1,),
    comparisons: Comparisons | None = None,
) -> Replicates:
    """Compute the figures of the data, exactly, and of each resample, on a fine grid.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        resamples: Of these images, from `draw_resamples`; the same ones for every file makes
            them comparable by `differences`.
        fmrs: For each of these False Match Rates, FNMR at it.
        recalls: For each of these k, recall@k. The nearest images stay those of the whole data,
            and the probes are resampled: an interval for probes, given the gallery.
        comparisons: Of these templates, where they are at hand.

    Returns:
        The figures `auc`, `eer`, `fnmr_at_fmr_F` and `recall_at_K`.

    Raises:
        InvalidInputError: As `compare_all` and `recall_at_k`, or a rate is not inside (0, 1).
    """
    compared = compare_all(templates, labels) if comparisons is None else comparisons
    exact = {"auc": auc(compared), "eer": eer(compared)}
    exact |= {f"fnmr_at_fmr_{rate:g}": fnmr_at_fmr(compared, rate) for rate in fmrs}
    grid = score_grid(compared, lowest_fmr=min(fmrs, default=1.0))
    counts = count_resampled(templates, labels, resamples, grid)
    values = {"auc": auc_resampled(counts), "eer": eer_resampled(counts)}
    values |= {f"fnmr_at_fmr_{rate:g}": fnmr_at_fmr_resampled(counts, rate) for rate in fmrs}
    for name, value in exact.items():
        values[name][0] = value
    for k in recalls:
        probes, hits = hits_at_k(templates, labels, k)
        taken = resamples.weights[resamples.groups[probes]].astype(np.float64)
        with np.errstate(invalid="ignore"):
            values[f"recall_at_{k}"] = (hits @ taken) / taken.sum(axis=0)
    return Replicates(resamples, values)


def estimate(values: Floats, clusters: int, confidence: float = CONFIDENCE) -> Estimate:
    """The first value, with the interval that the others give.

    Args:
        values: (1 + r,); those of resamples without a comparison are NaN and say nothing.
        clusters: That were resampled.
        confidence: In (0, 1), two-sided.

    Returns:
        The estimate; without an interval for fewer than `FEWEST_CLUSTERS` clusters, or where
        hardly a resample says anything.

    Raises:
        InvalidInputError: The confidence is not in (0, 1).
    """
    checked_confidence(confidence)
    known = values[1:][~np.isnan(values[1:])]
    if clusters < FEWEST_CLUSTERS or len(known) < len(values) // 2:
        return Estimate(float(values[0]), None)
    quantile = student_quantile(0.5 + confidence / 2.0, clusters - 1)
    tail = NormalDist().cdf(-math.sqrt(clusters / (clusters - 1)) * quantile)
    low, high = np.quantile(known, (tail, 1.0 - tail))
    return Estimate(float(values[0]), (float(low), float(high)))
