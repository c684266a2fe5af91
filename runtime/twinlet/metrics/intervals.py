"""Confidence intervals of a share of independent trials.

Comparisons that share images or identities are not independent: for them these intervals are
too narrow, and whoever prints one says so.
"""

import math
from operator import index
from statistics import NormalDist

from twinlet.errors import InvalidInputError
from twinlet.metrics.beta import inverse_regularised_beta, regularised_beta


def clopper_pearson_upper(k: int, n: int, confidence: float = 0.95) -> float:
    """One-sided upper bound of a share: the rate is at most this, with the given confidence.

    Exact for independent trials (Clopper and Pearson 1934): the rate at which k or fewer
    errors have probability 1 - confidence.

    Args:
        k: Errors, 0 <= k <= n.
        n: Trials, at least 1.
        confidence: In (0, 1), one-sided.

    Returns:
        The bound in (0, 1]; with k = 0 the rule of three, 1 - (1 - confidence) ** (1 / n).

    Raises:
        InvalidInputError: A number is outside its range.
    """
    k, n = _checked(k, n, confidence)
    if k == n:
        return 1.0
    if k == 0:
        return -math.expm1(math.log1p(-confidence) / n)
    return inverse_regularised_beta(confidence, k + 1, n - k)


def clopper_pearson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a share with equal tails (Clopper and Pearson 1934).

    Args:
        k: Errors, 0 <= k <= n.
        n: Trials, at least 1.
        confidence: In (0, 1), two-sided.

    Returns:
        The lower and the upper end in [0, 1].

    Raises:
        InvalidInputError: A number is outside its range.
    """
    k, n = _checked(k, n, confidence)
    tail = (1.0 - confidence) / 2.0
    if k == 0:
        low = 0.0
    elif k == n:
        low = math.exp(math.log(tail) / n)
    else:
        low = inverse_regularised_beta(tail, k, n - k + 1)
    return low, clopper_pearson_upper(k, n, 1.0 - tail)


def most_errors(n: int, rate: float, confidence: float = 0.95) -> int:
    """The most errors in n trials that still show a rate, or -1 when even none does not.

    That is the largest k with `clopper_pearson_upper(k, n, confidence) <= rate`, found without
    an inversion for each k: the bound is at most `rate` exactly when k or fewer errors at that
    rate have a probability of at most 1 - confidence.

    Args:
        n: Trials, at least 1.
        rate: The rate to be shown, in (0, 1).
        confidence: In (0, 1), one-sided.

    Returns:
        A count from -1 to n - 1.

    Raises:
        InvalidInputError: A number is outside its range.
    """
    _, n = _checked(0, n, confidence)
    if not 0.0 < rate < 1.0:
        raise InvalidInputError(f"a rate must lie strictly between 0 and 1, got {rate:g}")
    # k lies below n * rate whatever the confidence above 1/2; the search covers all the same.
    few, many = -1, n
    while many - few > 1:
        k = (few + many) // 2
        shown = (
            clopper_pearson_upper(0, n, confidence) <= rate
            if k == 0
            else (regularised_beta(rate, k + 1, n - k) >= confidence)
        )
        few, many = (k, many) if shown else (few, k)
    return few


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided score interval of a share (Wilson 1927), close to its nominal confidence.

    Args:
        k: Errors, 0 <= k <= n.
        n: Trials, at least 1.
        confidence: In (0, 1), two-sided.

    Returns:
        The lower and the upper end in [0, 1]; exactly 0 and 1 at k = 0 and k = n.

    Raises:
        InvalidInputError: A number is outside its range.
    """
    k, n = _checked(k, n, confidence)
    return score_interval(k / n, n, NormalDist().inv_cdf(0.5 + confidence / 2.0))


def score_interval(rate: float, trials: float, quantile: float) -> tuple[float, float]:
    """Wilson's interval of a rate in a number of trials that need not be whole.

    Args:
        rate: Measured, in [0, 1].
        trials: Effective number, above 0.
        quantile: Of the normal distribution, above 0: half of the error lies beyond it.

    Returns:
        The lower and the upper end in [0, 1]; exactly 0 and 1 at the rates 0 and 1.
    """
    square = quantile * quantile / trials
    centre = (rate + square / 2.0) / (1.0 + square)
    spread = math.sqrt(square * (rate * (1.0 - rate) + square / 4.0)) / (1.0 + square)
    low = 0.0 if rate == 0.0 else max(0.0, centre - spread)
    high = 1.0 if rate == 1.0 else min(1.0, centre + spread)
    return low, high


def _checked(k: int, n: int, confidence: float) -> tuple[int, int]:
    k, n = index(k), index(n)
    if not 0 <= k <= n or n == 0:
        raise InvalidInputError(f"expected 0 <= errors <= trials and a trial, got {k} of {n}")
    checked_confidence(confidence)
    return k, n


def checked_confidence(confidence: float) -> None:
    """Refuse a confidence that is not in (0, 1)."""
    if not 0.0 < confidence < 1.0:
        raise InvalidInputError(
            f"the confidence must lie strictly between 0 and 1, got {confidence:g}"
        )
