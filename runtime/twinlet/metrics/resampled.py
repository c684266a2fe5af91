"""Comparisons of every resample, counted by similarity without repeating a single one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.blocks import later_pairs, pair_blocks
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.comparisons import Scores
from twinlet.metrics.resamples import Resamples

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ResampledCounts:
    """Comparisons in each bin of a grid, of each resample; the first is the data as it is."""

    edges: Scores  # (b,) rising; see `score_grid`
    mated: Floats  # (1 + r, b)
    non_mated: Floats  # (1 + r, b)


def count_resampled(
    templates: ArrayLike, labels: ArrayLike, resamples: Resamples, edges: Scores
) -> ResampledCounts:
    """Compare all pairs of images once, and weigh the counts for each resample.

    For each group the comparisons with every other group are counted by bin, and one matrix
    product weighs them for all resamples: time is that of the comparisons plus groups^2 x bins x
    resamples multiplications.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        resamples: Of these images.
        edges: From `score_grid`: similarities below the first are counted in the first bin.

    Returns:
        The counts. Memory is bounded by a few blocks of 8 MB and groups x bins counts.

    Raises:
        InvalidInputError: The shapes do not fit, or a vector is not of unit length.
    """
    vectors = checked_templates(templates)
    codes = checked_labels(labels, len(vectors))
    if len(resamples.groups) != len(codes):
        raise InvalidInputError(
            f"expected resamples of these {len(codes)} images, got resamples of "
            f"{len(resamples.groups)}"
        )
    order = np.argsort(resamples.groups, kind="stable")
    vectors, codes, groups = vectors[order], codes[order], resamples.groups[order]
    weights = resamples.weights
    count, bins = len(weights), len(edges)
    totals = np.zeros((2, weights.shape[1], bins))
    cells = np.zeros(0, dtype=np.int64)
    stops = np.searchsorted(groups, np.arange(count), side="right")
    for rows, block in pair_blocks(vectors, vectors, stops):
        own = groups[rows.start]
        later = count - own  # groups from this one on
        if not len(cells):
            cells = np.zeros(2 * later * bins, dtype=np.int64)
        place = np.searchsorted(edges, block, side="right") - 1
        np.maximum(place, 0, out=place)
        place += (groups[rows.start :] - own) * bins
        place += (codes[rows, None] != codes[rows.start :]) * (later * bins)
        cells += np.bincount(place[later_pairs(block.shape)], minlength=len(cells))
        if rows.stop == stops[own]:
            taken = weights[own:].copy()
            taken[1:] *= weights[own]
            for side, counts in enumerate(cells.reshape(2, later, bins)):
                held = np.flatnonzero(counts.any(axis=1))  # mated ones lie in few groups
                totals[side] += taken[held].T @ counts[held].astype(np.float32)
            cells = cells[:0]
    return ResampledCounts(edges, totals[0], totals[1])
