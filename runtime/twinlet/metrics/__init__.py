"""Error rates of a verifier from labelled comparisons, with numpy alone."""

from twinlet.metrics.comparisons import (
    Comparisons,
    compare_all,
    compare_pairs,
    count_at_least,
    count_non_mated,
)
from twinlet.metrics.curves import RocCurve, auc, roc
from twinlet.metrics.encoded import compare_encoded
from twinlet.metrics.histogram import ScoreHistogram, histogram
from twinlet.metrics.intervals import (
    clopper_pearson,
    clopper_pearson_upper,
    most_errors,
    wilson,
)
from twinlet.metrics.ranking import recall_at_k
from twinlet.metrics.rates import eer, fmr, fnmr, fnmr_at_fmr

__all__ = [
    "Comparisons",
    "RocCurve",
    "ScoreHistogram",
    "auc",
    "clopper_pearson",
    "clopper_pearson_upper",
    "compare_all",
    "compare_encoded",
    "compare_pairs",
    "count_at_least",
    "count_non_mated",
    "eer",
    "fmr",
    "fnmr",
    "fnmr_at_fmr",
    "histogram",
    "most_errors",
    "recall_at_k",
    "roc",
    "wilson",
]
