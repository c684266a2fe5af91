"""Bounds of the False Match Rate that know which comparisons share an identity.

All comparisons of n images are dyadic data: two that share an image or an identity move
together, and the n (n - 1) / 2 of them say much less than so many independent ones. How much
less is the design effect, the factor by which the variance of the rate exceeds that of
independent comparisons; divided by it, the number of comparisons becomes the effective number,
for which the exact bound for independent trials is taken (Korn and Graubard 1998, Survey
Methodology 24:193; for 1:1 verification Fogliato, Patil and Perona 2024, arXiv:2306.01198).
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.beta import inverse_regularised_beta
from twinlet.metrics.clusters import ClusterCounts
from twinlet.metrics.students import student_quantile

Floats = NDArray[np.float64]

# Fewer clusters than this cannot show how much clusters differ: it is the smallest number with
# which promises held in benchmarks/calibration.py.
FEWEST_CLUSTERS = 10

# Fewer false matches than this say nothing about where they fall.
FEWEST_MATCHES = 10

# The design effect at a rate is taken as the largest of the rates up to so many times it. Where
# by luck the few identities that draw false matches are missing, rate and design effect come out
# too small together; a little further down the scores they show.
REACH = 10.0


def design_effects(counts: ClusterCounts) -> Floats:
    """The factor by which shared clusters raise the variance of the rate at each threshold.

    The variance is the jackknife's over clusters: with r_a the false matches of cluster a less
    those expected of its comparisons at the overall rate, `g / (g - 1) * sum r_a^2 / n^2` (Efron
    and Stein 1981: for such statistics it is too large rather than too small).

    Args:
        counts: From `count_by_cluster`, thresholds rising.

    Returns:
        Float64 (t,), at least 1: as measured where there are `FEWEST_MATCHES` or more, and
        nowhere less than at any rate up to `REACH` times as high; NaN where neither is known.

    Raises:
        InvalidInputError: Fewer than two clusters.
    """
    clusters, total = counts.clusters, counts.total
    if clusters < 2:
        raise InvalidInputError(
            f"the variance between clusters needs at least two of them, got {clusters}"
        )
    matches = counts.total_matches
    rates = matches / total
    measured = np.full(len(rates), np.nan)
    for point in np.flatnonzero((matches >= FEWEST_MATCHES) & (rates < 1.0)):
        rate = rates[point]
        excess = counts.matches[:, point] - rate * counts.comparisons
        variance = clusters / (clusters - 1) * float(excess @ excess) / total**2
        measured[point] = max(1.0, variance * total / (rate * (1.0 - rate)))
    known = np.flatnonzero(~np.isnan(measured))
    effects = np.full(len(rates), np.nan)
    for point in np.arange(len(rates)):
        # Rates fall along the thresholds: those up to REACH times as high come just before.
        near = known[(known <= point) & (rates[known] <= REACH * rates[point])]
        if not len(near):
            near = known[known <= point][-1:]
        if len(near):
            effects[point] = measured[near].max()
    return effects


def effective_comparisons(counts: ClusterCounts, confidence: float = 0.95) -> Floats:
    """How many independent comparisons tell as much, at each threshold.

    Besides the design effect, a variance estimated from few clusters is itself uncertain: the
    number is divided by the squared ratio of Student's quantile to the normal one.

    Args:
        counts: From `count_by_cluster`.
        confidence: One-sided, in (0.5, 1).

    Returns:
        Float64 (t,), at most the comparisons there are; NaN where no design effect is known.

    Raises:
        InvalidInputError: The confidence is not in (0.5, 1), or there are fewer than two clusters.
    """
    check_confidence(confidence)
    effects = design_effects(counts)
    normal = NormalDist().inv_cdf(confidence)
    student = student_quantile(confidence, counts.clusters - 1)
    return np.asarray(counts.total / effects * (normal / student) ** 2, dtype=np.float64)


def clustered_upper(counts: ClusterCounts, confidence: float = 0.95) -> Floats:
    """One-sided upper bound of the False Match Rate at each threshold.

    Args:
        counts: From `count_by_cluster`.
        confidence: One-sided, in (0.5, 1).

    Returns:
        Float64 (t,) in (0, 1]: 1 where nothing can be said, which is everywhere with fewer than
        `FEWEST_CLUSTERS` clusters. It never rises along the thresholds.

    Raises:
        InvalidInputError: The confidence is not in (0.5, 1).
    """
    check_confidence(confidence)
    bounds = np.ones(len(counts.thresholds))
    if counts.clusters < FEWEST_CLUSTERS:
        return bounds
    rates = counts.total_matches / counts.total
    numbers = effective_comparisons(counts, confidence)
    for point in np.flatnonzero(~np.isnan(numbers) & (rates < 1.0)):
        bounds[point] = upper_bound(float(rates[point]), float(numbers[point]), confidence)
    # A higher threshold lets no more through, so a bound holds at all thresholds above it too;
    # but the estimate must not lean on one lucky point: take what holds from here on up.
    return np.asarray(np.maximum.accumulate(bounds[::-1])[::-1], dtype=np.float64)


def clustered_lower(counts: ClusterCounts, confidence: float = 0.95) -> Floats:
    """One-sided lower bound of the False Match Rate at each threshold, of the same making.

    Args:
        counts: From `count_by_cluster`.
        confidence: One-sided, in (0.5, 1).

    Returns:
        Float64 (t,) in [0, 1): 0 where nothing can be said, which is everywhere with fewer than
        `FEWEST_CLUSTERS` clusters. It never rises along the thresholds, and with the same counts
        and confidence it lies nowhere above `clustered_upper`.

    Raises:
        InvalidInputError: The confidence is not in (0.5, 1).
    """
    check_confidence(confidence)
    bounds = np.zeros(len(counts.thresholds))
    if counts.clusters < FEWEST_CLUSTERS:
        return bounds
    rates = counts.total_matches / counts.total
    numbers = effective_comparisons(counts, confidence)
    for point in np.flatnonzero(~np.isnan(numbers)):
        bounds[point] = lower_bound(float(rates[point]), float(numbers[point]), confidence)
    # A lower threshold lets no less through, so a bound holds at all thresholds below it too; as
    # above, no lucky point counts. Where no effect is known, at rates near 1, the next one holds.
    known = np.flatnonzero(~np.isnan(numbers))
    if not len(known):
        return bounds
    bounds[: known[0]] = bounds[known[0]]
    return np.asarray(np.minimum.accumulate(bounds), dtype=np.float64)


def upper_bound(rate: float, trials: float, confidence: float) -> float:
    """Clopper-Pearson's bound for a rate in a number of trials that need not be whole.

    Args:
        rate: Measured, in [0, 1).
        trials: Effective number, above 0.
        confidence: One-sided, in (0, 1).

    Returns:
        In (0, 1].
    """
    errors = rate * trials
    return inverse_regularised_beta(confidence, errors + 1.0, trials - errors)


def lower_bound(rate: float, trials: float, confidence: float) -> float:
    """Clopper-Pearson's lower bound for a rate in a number of trials that need not be whole.

    Args:
        rate: Measured, in [0, 1].
        trials: Effective number, above 0.
        confidence: One-sided, in (0, 1).

    Returns:
        In [0, 1).
    """
    errors = rate * trials
    if errors <= 0.0:
        return 0.0
    return inverse_regularised_beta(1.0 - confidence, errors, trials - errors + 1.0)


def check_confidence(confidence: float) -> None:
    """Refuse a one-sided confidence at which a bound is none."""
    if not 0.5 < confidence < 1.0:
        raise InvalidInputError(
            f"the confidence must lie strictly between 0.5 and 1, got {confidence:g}"
        )
