"""Cllr: how good log-likelihood ratios are, in bits a comparison.

Brümmer and du Preez 2006, Application-independent evaluation of speaker detection, Computer Speech
and Language 20:230. It is the expected cost of deciding by Bayes' rule, over all priors and costs:
0 for a system that is always certain and right, 1 for one that always says "as likely one as the
other", and more for one that misleads. What the best monotone calibration, fitted on the very same
comparisons, would leave is `cllr_min`, the scores' power to discriminate; the rest is lost in the
calibration.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twinlet.metrics.comparisons import Comparisons, Scores
from twinlet.metrics.isotonic import pool_adjacent_violators
from twinlet.metrics.thinning import evenly

Floats = NDArray[np.float64]


def cllr(comparisons: Comparisons, log_ratios: Callable[[Scores], Floats]) -> float:
    """Cost of log-likelihood ratios, in bits.

    Args:
        comparisons: What was compared; not what the ratios were fitted on.
        log_ratios: From similarities (n,) to natural log-likelihood ratios (n,) that never fall
            along them, such as `Likelihood.log_ratios`.

    Returns:
        `(mean of log2(1 + 1 / LR) over mated + mean of log2(1 + LR) over non-mated) / 2`, at least
        0. Mated and non-mated comparisons weigh the same, however many there are of each. Exact up
        to a million of each, and then to about 1e-5 bits.
    """
    sides = ((comparisons.mated, -1.0), (comparisons.non_mated, 1.0))
    costs = [float(np.mean(_nats(sign * log_ratios(evenly(scores))))) for scores, sign in sides]
    return sum(costs) / (2.0 * math.log(2.0))


def cllr_min(comparisons: Comparisons) -> float:
    """The least cost that any rising function of these similarities has on them, in bits.

    Args:
        comparisons: What was compared.

    Returns:
        In [0, 1]: 0 when the scores separate, 1 when they tell nothing.
    """
    blocks = pool_adjacent_violators(comparisons)
    sides = ((blocks.mated, -1.0), (blocks.non_mated, 1.0))
    costs = [
        float(np.sum(counts[counts > 0] * _nats(sign * blocks.log_ratios[counts > 0])))
        / int(counts.sum())
        for counts, sign in sides
    ]
    return sum(costs) / (2.0 * math.log(2.0))


def _nats(against: Floats) -> Floats:
    """`ln(1 + e ** x)` of the log ratios for what is not so."""
    return np.logaddexp(0.0, against)
