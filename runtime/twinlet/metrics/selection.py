"""Which thresholds are worth a bound, and the lowest one whose bound holds a target."""

import numpy as np
from numpy.typing import NDArray

from twinlet.calibration import HIGHEST, check_rate
from twinlet.metrics.comparisons import threshold_letting

Floats = NDArray[np.float64]

PER_DECADE = 40  # rates of neighbouring candidates differ by 6 percent


def candidate_thresholds(non_mated: NDArray[np.float32]) -> Floats:
    """Thresholds at measured rates from `HIGHEST` down to none at all, evenly on a log scale.

    Each is the number just above a score, so that it leaves this score out.

    Args:
        non_mated: Similarities of non-mated comparisons (n,), ascending, n >= 1.

    Returns:
        Float64, strictly rising; only similarities up to 1, since nothing else decides. Empty
        when half of all comparisons have similarity 1.
    """
    allowed = allowed_matches(len(non_mated))
    above = np.unique(threshold_letting(non_mated, allowed)).astype(np.float64)
    return np.asarray(above[above <= 1.0], dtype=np.float64)


def allowed_matches(count: int) -> NDArray[np.int64]:
    """Numbers of false matches, from those of the rate `HIGHEST` down to 0, on a log scale.

    Args:
        count: Non-mated comparisons, at least 1.

    Returns:
        Int64, rising, each once.
    """
    decades = np.log10(HIGHEST * count) if count > 1 else 0.0
    rates = HIGHEST * 10.0 ** -(np.arange(int(PER_DECADE * decades) + 1) / PER_DECADE)
    return np.unique(np.append((rates * count).astype(np.int64), 0))


def lowest_holding(bounds: Floats, target: float) -> int | None:
    """The lowest threshold whose bound is at most a target.

    Args:
        bounds: Of the rate at each of some thresholds, which rise, from `clustered_upper`.
        target: False Match Rate, in (0, 1).

    Returns:
        Its place among the thresholds; None when no threshold holds the target.

    Raises:
        InvalidInputError: The target is not inside (0, 1).
    """
    check_rate(target)
    holding = np.flatnonzero(bounds <= target)
    return int(holding[0]) if len(holding) else None
