"""The regularised incomplete beta function and its inverse, so that intervals need no SciPy."""

import math

_TINY = 1e-300
_EPSILON = 1e-15
_MAX_TERMS = 1_000_000


def regularised_beta(x: float, a: float, b: float) -> float:
    """Probability that a Beta(a, b) variable is at most x, written I_x(a, b).

    By the continued fraction of DLMF 8.17.22 with Lentz's method (Press et al., Numerical
    Recipes, section 6.4), which converges fast on the near side of the mean; the far side is
    reached through I_x(a, b) = 1 - I_(1-x)(b, a).

    Args:
        x: In [0, 1].
        a: Positive.
        b: Positive.

    Returns:
        The probability in [0, 1]; its relative error is about 1e-16 * (a + b) * log(a + b),
        from the logarithm of the gamma function.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x <= (a + 1.0) / (a + b + 2.0):
        return math.exp(_log_density(x, a, b) + math.log1p(-x)) * x * _fraction(x, a, b) / a
    return 1.0 - math.exp(_log_density(x, a, b) + math.log(x)) * (1.0 - x) * (
        _fraction(1.0 - x, b, a) / b
    )


def inverse_regularised_beta(probability: float, a: float, b: float) -> float:
    """The x at which `regularised_beta(x, a, b)` reaches a probability in (0, 1).

    Newton steps on the distribution function, halving the bracket where one would leave it.
    """
    low, high = 0.0, 1.0
    x = a / (a + b)
    for _ in range(200):
        excess = regularised_beta(x, a, b) - probability
        low, high = (x, high) if excess < 0.0 else (low, x)
        density = math.exp(_log_density(x, a, b))
        step = x - excess / density if density > 0.0 else -1.0
        following = step if low < step < high else 0.5 * (low + high)
        if abs(following - x) <= 1e-14 * x:
            return following
        x = following
    return x


def _log_density(x: float, a: float, b: float) -> float:
    """Logarithm of the Beta(a, b) density at x in (0, 1)."""
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return (a - 1.0) * math.log(x) + (b - 1.0) * math.log1p(-x) - log_beta


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b); needs about sqrt(max(a, b)) terms at the worst."""
    c = 1.0
    d = 1.0 / _nonzero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / _nonzero(1.0 + term * d)
            c = _nonzero(1.0 + term / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < _EPSILON:
            return value
    raise ArithmeticError(f"the continued fraction of I_{x}({a}, {b}) did not converge")


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
