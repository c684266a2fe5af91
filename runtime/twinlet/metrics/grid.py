"""A fixed grid of similarities, fine where rates are read, in which resamples are counted."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import Comparisons, Scores

PER_DECADE = 80  # false matches at neighbouring edges differ by 3 percent
EVEN = 200  # edges at even ranks of each side, for the area under the ROC and the EER
EXACT = 1000  # so few different similarities all become edges


def score_grid(
    comparisons: Comparisons, thresholds: ArrayLike = (), *, lowest_fmr: float = 1.0
) -> Scores:
    """Edges of bins for `count_resampled`.

    Bin k holds `edges[k] <= similarity < edges[k + 1]`, the last everything from its edge on.
    Of comparisons with at most `EXACT` different similarities every one is an edge, and nothing
    is lost. Of more, edges are similarities at even ranks of both sides, half a percent of a side
    between them: an area is wrong by at most `sum(mated * non-mated) / 2` over the bins' shares,
    below 0.0025 and in practice by less than 0.0002, as what lies above and below in a bin nearly
    balances. Where low rates are asked for there are edges at geometric ranks too: FMR at an edge
    is at most 3 percent, and one comparison, above FMR at the next.

    Args:
        comparisons: What was compared.
        thresholds: Of any shape, finite: rates will be read exactly at them.
        lowest_fmr: The lowest False Match Rate at which FNMR will be read, if any.

    Returns:
        Float32 (b,), strictly rising from the lowest similarity there is.

    Raises:
        InvalidInputError: A threshold is not finite.
    """
    asked = np.asarray(thresholds, dtype=np.float64).ravel()
    if not np.isfinite(asked).all():
        raise InvalidInputError(f"thresholds must be finite numbers, got {asked.tolist()!r:.80}")
    sides = (comparisons.mated, comparisons.non_mated)
    edges = [_distinct(scores, EXACT) for scores in sides]
    if sum(map(len, edges)) > EXACT:
        edges = [scores[_even(len(scores))] for scores in sides]
        edges.append(comparisons.non_mated[::-1][_low(len(comparisons.non_mated), lowest_fmr)])
    lowest = min(scores[0] for scores in sides)
    exact = at_or_above(asked)
    return np.unique(np.concatenate([*edges, exact[exact > lowest], [lowest]])).astype(np.float32)


def at_or_above(thresholds: NDArray[np.float64]) -> Scores:
    """The lowest float32 that is at least as high as each threshold."""
    rounded = thresholds.astype(np.float32)
    up = np.nextafter(rounded, np.float32(np.inf))
    return np.asarray(np.where(rounded < thresholds, up, rounded), dtype=np.float32)


def _distinct(rising: Scores, most: int) -> Scores:
    """The different ones of rising scores; of long runs, only so many as show there are more."""
    found: list[np.float32] = []
    at = 0
    while at < len(rising) and len(found) <= most:
        found.append(rising[at])
        at = int(np.searchsorted(rising, rising[at], side="right"))
    return np.array(found, dtype=np.float32)


def _even(length: int) -> NDArray[np.int64]:
    return np.linspace(0, length - 1, EVEN).astype(np.int64)


def _low(length: int, lowest_fmr: float) -> NDArray[np.int64]:
    """Ranks from the highest similarity down, for rates below those of even ranks."""
    # A resample may hold a few times fewer false matches than the data.
    first = max(1.0, lowest_fmr * length / 10.0)
    if first >= length:
        return np.zeros(0, dtype=np.int64)
    steps = np.arange(int(PER_DECADE * np.log10(length / first)) + 1)
    ranks = first * 10.0 ** (steps / PER_DECADE) - 1.0
    return np.unique(ranks[ranks < length].astype(np.int64))
