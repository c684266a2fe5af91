"""Error rates of a verifier from labelled comparisons, with numpy alone."""

from twinlet.metrics.clustered import (
    FEWEST_CLUSTERS,
    clustered_lower,
    clustered_upper,
    design_effects,
    effective_comparisons,
)
from twinlet.metrics.clusters import ClusterCounts, Unit, count_by_cluster
from twinlet.metrics.comparisons import (
    Comparisons,
    compare_all,
    compare_pairs,
    count_at_least,
    count_non_mated,
    threshold_letting,
)
from twinlet.metrics.curves import RocCurve, auc, roc
from twinlet.metrics.encoded import compare_encoded
from twinlet.metrics.histogram import ScoreHistogram, histogram
from twinlet.metrics.hull import eer_hull
from twinlet.metrics.intervals import (
    clopper_pearson,
    clopper_pearson_upper,
    most_errors,
    wilson,
)
from twinlet.metrics.ranking import recall_at_k
from twinlet.metrics.rates import eer, fmr, fnmr, fnmr_at_fmr, threshold_at_fmr
from twinlet.metrics.searches import Searches, search_all
from twinlet.metrics.selection import candidate_thresholds, lowest_holding
from twinlet.metrics.separation import d_prime
from twinlet.metrics.tail import Tail, fit_tail

__all__ = [
    "FEWEST_CLUSTERS",
    "ClusterCounts",
    "Comparisons",
    "RocCurve",
    "ScoreHistogram",
    "Searches",
    "Tail",
    "Unit",
    "auc",
    "candidate_thresholds",
    "clopper_pearson",
    "clopper_pearson_upper",
    "clustered_lower",
    "clustered_upper",
    "compare_all",
    "compare_encoded",
    "compare_pairs",
    "count_at_least",
    "count_by_cluster",
    "count_non_mated",
    "d_prime",
    "design_effects",
    "eer",
    "eer_hull",
    "effective_comparisons",
    "fit_tail",
    "fmr",
    "fnmr",
    "fnmr_at_fmr",
    "histogram",
    "lowest_holding",
    "most_errors",
    "recall_at_k",
    "roc",
    "search_all",
    "threshold_at_fmr",
    "threshold_letting",
    "wilson",
]
