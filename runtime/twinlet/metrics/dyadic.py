"""A Wilson interval of an error rate whose comparisons share identities or images.

The variance of the rate comes from all pairs of comparisons that share a cluster (see `dyads`);
divided by that of independent comparisons it is the design effect, and the comparisons divided by
it are the effective number, of which the score interval (Wilson 1927) is taken: Fogliato, Patil
and Perona 2024, arXiv:2306.01198. Student's quantile replaces the normal one, since a variance of
few clusters is uncertain itself.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.clustered import FEWEST_CLUSTERS, FEWEST_MATCHES, REACH
from twinlet.metrics.dyads import Dyads
from twinlet.metrics.intervals import checked_confidence, score_interval
from twinlet.metrics.students import student_quantile

Floats = NDArray[np.float64]

METHOD = "Wilson with the variance of dyadic data"


def dyadic_variance(dyads: Dyads) -> Floats:
    """Variance of the rate at each threshold, between clusters.

    With S the sum of squared residuals over clusters and P that over pairs of them, it is
    `(S - P) / n^2`. Residuals from the mean of g clusters are too small, which the factor
    `g (g - 1) / ((g - 2) (g - 3))` undoes: it makes the estimate unbiased for identities and
    pairs of identities with random effects of their own (the round robin of Warner, Kenny and
    Stoto 1979). As the variance of an effect is not negative, it is at least that of independent
    pairs, `P / n^2`. Comparisons in one cluster each have no pairs, and the factor `g / (g - 1)`.

    Args:
        dyads: From `mated_dyads` or `non_mated_dyads`, of at least four clusters.

    Returns:
        Float64 (t,), at least 0.

    Raises:
        InvalidInputError: There are fewer than four clusters.
    """
    g = dyads.clusters
    if g < 4:
        raise InvalidInputError(
            f"the variance between clusters needs at least four of them, got {g}"
        )
    own = dyads.by_cluster.of_residuals(dyads.rates)
    if dyads.by_pair is None:
        return np.asarray(g / (g - 1) * own / float(dyads.total) ** 2, dtype=np.float64)
    pairs = dyads.by_pair.of_residuals(dyads.rates)
    residuals = np.maximum(g * (g - 1) / ((g - 2) * (g - 3)) * (own - pairs), pairs)
    return np.asarray(residuals / float(dyads.total) ** 2, dtype=np.float64)


def dyadic_effects(dyads: Dyads) -> Floats:
    """The factor by which sharing raises the variance at each threshold.

    Args:
        dyads: From `mated_dyads` or `non_mated_dyads`, of at least four clusters.

    Returns:
        Float64 (t,), at least 1. Below `FEWEST_MATCHES` errors, which say nothing about where
        errors fall, the largest one measured at rates up to `REACH` times as high; where there is
        none, that of comparisons that always err together.
    """
    variances, rates = dyadic_variance(dyads), dyads.rates
    # Errors or right decisions, whichever are fewer: both tell the same variance.
    fewer = np.minimum(dyads.errors, dyads.total - dyads.errors)
    known = fewer >= FEWEST_MATCHES
    independent = np.where(known, rates * (1.0 - rates) / dyads.total, 1.0)
    measured = np.where(known, np.maximum(1.0, variances / independent), 0.0)
    effects = measured.copy()
    for point in np.flatnonzero(~known):
        rarer = max(fewer[point], FEWEST_MATCHES)
        near = known & (fewer <= REACH * rarer)
        effects[point] = measured[near].max() if near.any() else _largest_effect(dyads)
    return effects


def _largest_effect(dyads: Dyads) -> float:
    """The effect when comparisons that share a cluster always err together."""
    once = 0.0 if dyads.by_pair is None else dyads.by_pair.extent
    return max(dyads.by_cluster.extent - once, once) / dyads.total


def dyadic_wilson(dyads: Dyads, confidence: float = 0.95) -> Floats:
    """Two-sided interval of the rate at each threshold.

    Args:
        dyads: From `mated_dyads` or `non_mated_dyads`. Thresholds with more errors help those
            with few, see `dyadic_effects`.
        confidence: In (0, 1), two-sided.

    Returns:
        Float64 (t, 2), lower and upper ends in [0, 1]; 0 and 1, which says nothing, with fewer
        than `FEWEST_CLUSTERS` clusters.

    Raises:
        InvalidInputError: The confidence is not in (0, 1).
    """
    checked_confidence(confidence)
    if dyads.clusters < FEWEST_CLUSTERS:
        return np.tile([0.0, 1.0], (len(dyads.thresholds), 1))
    probability = 0.5 + confidence / 2.0
    normal = NormalDist().inv_cdf(probability)
    shrink = (normal / student_quantile(probability, dyads.clusters - 1)) ** 2
    trials = dyads.total / dyadic_effects(dyads) * shrink
    pairs = zip(dyads.rates.tolist(), trials.tolist(), strict=True)
    return np.array([score_interval(rate, number, normal) for rate, number in pairs])
