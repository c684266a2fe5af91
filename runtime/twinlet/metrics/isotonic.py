"""Isotonic regression: pool adjacent violators (Ayer et al. 1955).

Of all scores, exactly: the blocks that pooling ends with lie between the corners of the ROC's
convex hull (Fawcett and Niculescu-Mizil 2007), which is found by looking for the farthest point
below a chord. Millions of scores are passed over a few dozen times in numpy, where pooling one by
one would visit each in Python.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.metrics.comparisons import Comparisons, Counts, Scores
from twinlet.metrics.hull import corners

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Neighbouring scores with one ratio; the share of mated rises strictly from block to block."""

    starts: Scores  # (b,) rising: the lowest similarity of each block
    mated: Counts  # (b,) mated comparisons in it, 0 only in the first
    non_mated: Counts  # (b,) non-mated ones, 0 only in the last

    @property
    def log_ratios(self) -> Floats:
        """Natural log-likelihood ratios (b,), rising strictly; -inf first and inf last, maybe."""
        with np.errstate(divide="ignore"):
            return np.asarray(
                np.log(self.mated / self.mated.sum())
                - np.log(self.non_mated / self.non_mated.sum()),
                dtype=np.float64,
            )


def pool_adjacent_violators(comparisons: Comparisons) -> Blocks:
    """Find the rising step function that fits mated (1) and non-mated (0) scores best.

    Args:
        comparisons: What was compared.

    Returns:
        The blocks, exact; equal scores are never parted.
    """
    thresholds, matches, misses = corners(comparisons)
    m, n = len(comparisons.mated), len(comparisons.non_mated)
    lowest = min(comparisons.mated[0], comparisons.non_mated[0])
    # At the lowest score everything matches, above the highest nothing.
    starts = np.concatenate([[lowest], thresholds, [np.inf]]).astype(np.float32)
    matches = np.concatenate([[n], matches, [0]])
    misses = np.concatenate([[0], misses, [m]])
    kept = _lower_hull(matches, misses)
    return Blocks(
        starts=starts[kept[:-1]],
        mated=np.asarray(np.diff(misses[kept]), dtype=np.int64),
        non_mated=np.asarray(-np.diff(matches[kept]), dtype=np.int64),
    )


def rising(values: ArrayLike, weights: ArrayLike) -> Floats:
    """Pool neighbouring values that fall into their weighted mean, one by one, for a few of them.

    Args:
        values: (k,).
        weights: (k,), above 0.

    Returns:
        Float64 (k,), never falling: of all such the nearest by weighted squares.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    pairs = zip(np.asarray(values).tolist(), np.asarray(weights).tolist(), strict=True)
    for mean, weight in pairs:
        size = 1
        while pools and pools[-1][0] >= mean:
            last, other, more = pools.pop()
            mean = (mean * weight + last * other) / (weight + other)
            weight, size = weight + other, size + more
        pools.append((mean, weight, size))
    means, _, sizes = zip(*pools, strict=True)
    return np.repeat(np.array(means, dtype=np.float64), sizes)


def _lower_hull(matches: Counts, misses: Counts) -> NDArray[np.int64]:
    """Rising indices of the corners, both ends included, none on a straight line between two.

    Along the points, by rising threshold, false matches fall and misses rise.
    """
    last = len(matches) - 1
    kept = {0, last}
    open_ = [(0, last)]
    while open_:
        first, end = open_.pop()
        if end - first < 2:
            continue
        inner = slice(first + 1, end)
        across, up = matches[first] - matches[end], misses[end] - misses[first]
        # Twice the area of the triangle with each point, in whole numbers: at most m * n.
        below = up * (matches[first] - matches[inner]) - across * (misses[inner] - misses[first])
        farthest = first + 1 + int(np.argmax(below))
        if below[farthest - first - 1] > 0:
            kept.add(farthest)
            open_ += [(first, farthest), (farthest, end)]
    return np.array(sorted(kept), dtype=np.int64)
