"""Do probabilities come true? Predicted against observed, at equal prior."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons, Counts, Scores
from twinlet.metrics.thinning import evenly

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Comparisons by the probability that was predicted of them; groups without any are left out.

    At equal prior: mated and non-mated comparisons weigh the same in all, however many there are.
    """

    predicted: Floats  # (g,) rising, in (0, 1): the mean in each group
    observed: Floats  # (g,) in [0, 1]: the share of mated comparisons
    mated: Counts  # (g,) comparisons in it
    non_mated: Counts  # (g,)

    def to_json(self) -> dict[str, list[Any]]:
        """The groups as JSON types, for a report to draw."""
        return {name: values.tolist() for name, values in vars(self).items()}


def reliability(
    comparisons: Comparisons, log_ratios: Callable[[Scores], Floats], groups: int = 10
) -> Reliability:
    """Group comparisons by their predicted probability, in equal steps of it.

    A calibrated system has `observed` near `predicted` in every group (DeGroot and Fienberg 1983,
    The Statistician 32:12).

    Args:
        comparisons: What was compared; not what the ratios were fitted on.
        log_ratios: From similarities (n,) to natural log-likelihood ratios (n,) that never fall
            along them.
        groups: At least 1; group i holds predictions in [i / groups, (i + 1) / groups), the last
            holds 1 as well.

    Raises:
        InvalidInputError: `groups` is below 1.
    """
    if groups < 1:
        raise InvalidInputError(f"expected at least one group, got {groups}")
    counts, sums = [], []
    for scores in (comparisons.mated, comparisons.non_mated):
        borders = _borders(scores, log_ratios, groups)
        counts.append(np.diff(borders))
        means = [_mean_chance(scores[a:b], log_ratios) for a, b in pairwise(borders)]
        sums.append(counts[-1] / len(scores) * np.array(means))
    mated, non_mated = counts
    there = mated + non_mated > 0
    shares = mated / len(comparisons.mated), non_mated / len(comparisons.non_mated)
    weight = (shares[0] + shares[1])[there]
    return Reliability(
        predicted=np.asarray((sums[0] + sums[1])[there] / weight, dtype=np.float64),
        observed=np.asarray(shares[0][there] / weight, dtype=np.float64),
        mated=mated[there],
        non_mated=non_mated[there],
    )


def _borders(scores: Scores, log_ratios: Callable[[Scores], Floats], groups: int) -> list[int]:
    """Where in sorted scores each group begins, and where the last one ends."""

    def chance(score: np.float32) -> float:
        return float(_chances(log_ratios(np.array([score])))[0])

    inner = [bisect_left(scores, place / groups, key=chance) for place in range(1, groups)]
    return [0, *inner, len(scores)]


def _mean_chance(scores: Scores, log_ratios: Callable[[Scores], Floats]) -> float:
    return float(np.mean(_chances(log_ratios(evenly(scores))))) if len(scores) else 0.0


def _chances(log_ratios: Floats) -> Floats:
    """Probabilities at equal prior, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_ratios)), dtype=np.float64)
