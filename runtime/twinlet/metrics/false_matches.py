"""False matches of non-mated comparisons, counted by identity or image (see `dyads`)."""

import numpy as np
from numpy.typing import ArrayLike

from twinlet.errors import InvalidInputError
from twinlet.metrics.blocks import later_pairs, pair_blocks
from twinlet.metrics.checks import checked_labels
from twinlet.metrics.clusters import Unit, checked_thresholds, checked_unit
from twinlet.metrics.dyads import Dyads, Sums, cumulative, in_order, sums_over


def non_mated_dyads(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: ArrayLike,
    *,
    unit: Unit,
    across: ArrayLike | None = None,
) -> Dyads:
    """Count false matches, `similarity >= threshold`, of all non-mated comparisons.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Angular similarities (t,), strictly rising, finite; keep them few: with unit
            "identity" time and memory grow with identities times thresholds.
        unit: As `mated_dyads`.
        across: Groups (n,), integers or strings: count only comparisons of two of them.

    Returns:
        The counts. Memory is bounded by a few blocks of 8 MB and identities x t counts.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, there are no
            non-mated comparisons, the thresholds do not rise, or the unit is unknown.
    """
    checked_unit(unit)
    probes, _, codes = in_order(templates, labels, None)
    limits = checked_thresholds(thresholds)
    groups = None
    if across is not None:
        groups = checked_labels(across, len(codes))
        groups = groups[np.argsort(checked_labels(labels), kind="stable")]
    n, points = len(codes), len(limits)
    clusters = codes if unit == "identity" else np.arange(n)
    count = int(clusters[-1]) + 1
    matches, sizes = np.zeros((count, points)), np.zeros(count)
    squares, products, extent = np.zeros(points), np.zeros(points), 0.0
    pending, pending_sizes = np.zeros_like(matches), np.zeros(count)  # of the identity at hand
    stops = np.searchsorted(codes, np.arange(codes[-1] + 1), side="right")
    for rows, block in pair_blocks(probes, probes, stops):
        chosen = codes[rows, None] != codes[rows.start :]
        if groups is not None:
            chosen &= groups[rows, None] != groups[rows.start :]
        chosen &= later_pairs(block.shape)
        row, column = np.nonzero(chosen)
        below = points - np.searchsorted(limits, block[row, column], side="right")
        own, other = clusters[row + rows.start], clusters[column + rows.start]
        for side in (own, other):
            sizes += np.bincount(side, minlength=count)
        towards = cumulative(other, below, matches.shape)[:, ::-1]
        matches += towards
        if unit == "image":
            matches += cumulative(own, below, matches.shape)[:, ::-1]
            continue
        identity = codes[rows.start]
        matches[identity] += towards.sum(axis=0)
        pending += towards
        pending_sizes += np.bincount(other, minlength=count)
        if rows.stop in stops:  # all comparisons of this identity with later ones are counted
            squares += (pending**2).sum(axis=0)
            products += pending_sizes @ pending
            extent += float(pending_sizes @ pending_sizes)
            pending[:], pending_sizes[:] = 0.0, 0.0
    total, errors = int(sizes.sum()) // 2, matches.sum(axis=0) / 2.0
    if not total:
        raise InvalidInputError(
            "there are no non-mated pairs to compare: expected images of at least two "
            "identities" + ("" if across is None else " in two groups") + ", got none"
        )
    shared = Sums(squares, products, extent)
    if unit == "image":  # two images share one comparison
        shared = Sums(errors, errors, float(total))
    return Dyads(
        unit=unit,
        thresholds=limits,
        errors=errors,
        total=total,
        clusters=int(np.count_nonzero(sizes)),
        by_cluster=sums_over(matches, sizes),
        by_pair=shared,
    )
