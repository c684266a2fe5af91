"""How far apart mated and non-mated similarities lie."""

import math

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons


def d_prime(comparisons: Comparisons) -> float:
    """Difference of the means in pooled standard deviations: d' (Daugman 2000).

    Args:
        comparisons: What was compared.

    Returns:
        `(mean mated - mean non-mated) / sqrt((variance mated + variance non-mated) / 2)`; negative
        when mated similarities are the lower ones.

    Raises:
        InvalidInputError: All mated similarities are equal, and all non-mated ones too: there is
            no spread to measure by.
    """
    # In float64: the sum of 50 million float32 would lose digits.
    means = [float(np.mean(one, dtype=np.float64)) for one in _sides(comparisons)]
    variances = [float(np.var(one, dtype=np.float64)) for one in _sides(comparisons)]
    spread = math.sqrt(sum(variances) / 2.0)
    if spread == 0.0:
        raise InvalidInputError(
            f"d' needs similarities that differ, got only {means[0]:g} for mated and "
            f"{means[1]:g} for non-mated comparisons"
        )
    return (means[0] - means[1]) / spread


def _sides(comparisons: Comparisons) -> tuple[np.ndarray, np.ndarray]:
    return comparisons.mated, comparisons.non_mated
