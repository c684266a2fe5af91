"""Fit what a similarity is worth as evidence, and measure how good that is on other images."""

import math

from numpy.typing import ArrayLike

from twinlet.calibration import Calibration
from twinlet.likelihood import Likelihood
from twinlet.metrics import (
    Comparisons,
    Independent,
    Unit,
    cllr,
    cllr_min,
    disjoint_pairs,
    fit_log_ratios,
)


def weigh(calibrating: Comparisons, testing: Comparisons, independent: Independent) -> Likelihood:
    """Fit log-likelihood ratios on one part of the data, and measure them on another.

    Args:
        calibrating: Comparisons of the calibration part; see `twinlet.metrics.fit_log_ratios`.
        testing: Of the test part: nothing is chosen on them.
        independent: How many of the calibrating ones are independent.

    Raises:
        InvalidInputError: Not one comparison is independent.
    """
    knots = fit_log_ratios(calibrating, independent)
    fitted = Likelihood(
        method=f"isotonic regression, leaning on a logistic line where comparisons are few; "
        f"weighed and bounded as {_about(independent.mated)} mated and "
        f"{_about(independent.non_mated)} non-mated independent comparisons",
        knots=knots,
        mated=len(calibrating.mated),
        non_mated=len(calibrating.non_mated),
        cllr=0.0,
        cllr_min=0.0,
    )
    return fitted.measured(cllr(testing, fitted.log_ratios), cllr_min(testing))


def independent_comparisons(
    labels: ArrayLike, calibration: Calibration, *, unit: Unit
) -> Independent:
    """Count what a file's calibration comparisons are worth in independent ones.

    Args:
        labels: Identities (n,) of the calibration part.
        calibration: Of the file. Where it promises rates, the lowest is what so many independent
            non-mated comparisons without a false match would hold; so no likelihood ratio is above
            one over that rate.
        unit: What users will be: see `twinlet.metrics.disjoint_pairs`, which counts the mated
            comparisons, and those of point estimates.

    Raises:
        InvalidInputError: There are no mates or no strangers.
    """
    counted = disjoint_pairs(labels, unit)
    if not calibration.promised:
        return counted
    worth = math.log1p(-calibration.confidence) / math.log1p(-calibration.lowest)
    return Independent(mated=counted.mated, non_mated=worth)


def _about(count: float) -> str:
    """Write an estimated number with the digits it deserves: 2,500,000."""
    return f"{float(f'{count:.2g}'):,.0f}"
