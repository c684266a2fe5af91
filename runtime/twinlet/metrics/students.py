"""Quantiles of Student's t distribution, for variances estimated from few clusters."""

import math
from functools import lru_cache

from twinlet.errors import InvalidInputError
from twinlet.metrics.beta import inverse_regularised_beta


@lru_cache(maxsize=256)  # one search takes as long as a bound for which it is needed
def student_quantile(probability: float, freedom: float) -> float:
    """The t that a Student variable stays below with a probability (Student 1908).

    Through the incomplete beta function: for t > 0, P(T > t) = I_x(freedom / 2, 1 / 2) / 2 with
    x = freedom / (freedom + t^2) (DLMF 8.17, Abramowitz and Stegun 26.7.1).

    Args:
        probability: In (0, 1).
        freedom: Degrees of freedom, above 0.

    Returns:
        The quantile; negative below a probability of 1/2.

    Raises:
        InvalidInputError: A number is outside its range.
    """
    if not 0.0 < probability < 1.0 or not freedom > 0.0:
        raise InvalidInputError(
            f"expected a probability in (0, 1) and degrees of freedom above 0, got "
            f"{probability:g} and {freedom:g}"
        )
    if probability == 0.5:
        return 0.0
    tail = 2.0 * min(probability, 1.0 - probability)
    x = inverse_regularised_beta(tail, freedom / 2.0, 0.5)
    quantile = math.sqrt(freedom * (1.0 - x) / x)
    return quantile if probability > 0.5 else -quantile
