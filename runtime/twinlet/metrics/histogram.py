"""Score histograms, mated against non-mated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons, Counts, Scores, count_at_least


@dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """How many comparisons fall into each of equal bins over [0, 1].

    Bin i holds `edges[i] <= similarity < edges[i + 1]`; the last bin holds 1 as well. The
    edges are the same for every file, so histograms can be laid over each other.
    """

    edges: NDArray[np.float64]  # (bins + 1,) from 0 to 1, rising
    mated: Counts  # (bins,)
    non_mated: Counts  # (bins,)


def histogram(comparisons: Comparisons, bins: int = 100) -> ScoreHistogram:
    """Count the scores of each side in equal bins over [0, 1].

    Args:
        comparisons: What was compared.
        bins: Number of bins, at least 1.

    Returns:
        The counts; each side sums to its number of comparisons.

    Raises:
        InvalidInputError: `bins` is below 1.
    """
    if bins < 1:
        raise InvalidInputError(f"a histogram needs at least one bin, got {bins}")
    edges = np.linspace(0.0, 1.0, bins + 1)

    def count(scores: Scores) -> Counts:
        reached = count_at_least(scores, edges)
        reached[-1] = 0  # the last bin is closed
        return np.asarray(-np.diff(reached), dtype=np.int64)

    return ScoreHistogram(
        edges=edges, mated=count(comparisons.mated), non_mated=count(comparisons.non_mated)
    )
