"""Error rates of a verifier from labelled comparisons, with numpy alone."""

from twinlet.metrics.bootstrap import Estimate, Replicates, replicate
from twinlet.metrics.cllr import cllr, cllr_min
from twinlet.metrics.clustered import (
    FEWEST_CLUSTERS,
    clustered_lower,
    clustered_upper,
    design_effects,
    effective_comparisons,
)
from twinlet.metrics.clusters import ClusterCounts, Unit, count_by_cluster
from twinlet.metrics.cohorts import Cohorts, cohorts
from twinlet.metrics.comparisons import (
    Comparisons,
    compare_all,
    compare_pairs,
    count_at_least,
    count_non_mated,
    threshold_letting,
)
from twinlet.metrics.curves import RocCurve, auc, roc
from twinlet.metrics.det import DetCurve, det, deviates
from twinlet.metrics.dyadic import dyadic_effects, dyadic_variance, dyadic_wilson
from twinlet.metrics.dyads import Dyads
from twinlet.metrics.encoded import compare_encoded
from twinlet.metrics.failures import (
    fnmr_with_failures,
    generalised_far,
    generalised_frr,
    lost_mated,
)
from twinlet.metrics.false_matches import non_mated_dyads
from twinlet.metrics.histogram import ScoreHistogram, histogram
from twinlet.metrics.hull import eer_hull
from twinlet.metrics.independent import Independent, disjoint_pairs
from twinlet.metrics.intervals import (
    clopper_pearson,
    clopper_pearson_upper,
    most_errors,
    wilson,
)
from twinlet.metrics.isotonic import Blocks, pool_adjacent_violators
from twinlet.metrics.log_ratios import fit_log_ratios
from twinlet.metrics.misses import mated_dyads
from twinlet.metrics.paired import differences
from twinlet.metrics.ranking import hits_at_k, recall_at_k
from twinlet.metrics.rates import eer, fmr, fnmr, fnmr_at_fmr, threshold_at_fmr
from twinlet.metrics.reliability import Reliability, reliability
from twinlet.metrics.resamples import Resamples, draw_resamples
from twinlet.metrics.searches import Searches, search_all
from twinlet.metrics.selection import candidate_thresholds, lowest_holding
from twinlet.metrics.separation import d_prime
from twinlet.metrics.tail import Tail, fit_tail
from twinlet.metrics.tally import Tally, on_step, tally_all

__all__ = [
    "FEWEST_CLUSTERS",
    "Blocks",
    "ClusterCounts",
    "Cohorts",
    "Comparisons",
    "DetCurve",
    "Dyads",
    "Estimate",
    "Independent",
    "Reliability",
    "Replicates",
    "Resamples",
    "RocCurve",
    "ScoreHistogram",
    "Searches",
    "Tail",
    "Tally",
    "Unit",
    "auc",
    "candidate_thresholds",
    "cllr",
    "cllr_min",
    "clopper_pearson",
    "clopper_pearson_upper",
    "clustered_lower",
    "clustered_upper",
    "cohorts",
    "compare_all",
    "compare_encoded",
    "compare_pairs",
    "count_at_least",
    "count_by_cluster",
    "count_non_mated",
    "d_prime",
    "design_effects",
    "det",
    "deviates",
    "differences",
    "disjoint_pairs",
    "draw_resamples",
    "dyadic_effects",
    "dyadic_variance",
    "dyadic_wilson",
    "eer",
    "eer_hull",
    "effective_comparisons",
    "fit_log_ratios",
    "fit_tail",
    "fmr",
    "fnmr",
    "fnmr_at_fmr",
    "fnmr_with_failures",
    "generalised_far",
    "generalised_frr",
    "histogram",
    "hits_at_k",
    "lost_mated",
    "lowest_holding",
    "mated_dyads",
    "most_errors",
    "non_mated_dyads",
    "on_step",
    "pool_adjacent_violators",
    "recall_at_k",
    "reliability",
    "replicate",
    "roc",
    "search_all",
    "tally_all",
    "threshold_at_fmr",
    "threshold_letting",
    "wilson",
]
