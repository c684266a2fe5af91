"""Misses of mated comparisons, counted by identity or image (see `dyads`)."""

import numpy as np
from numpy.typing import ArrayLike

from twinlet.errors import InvalidInputError
from twinlet.metrics.blocks import later_pairs, pair_blocks
from twinlet.metrics.clusters import Unit, checked_thresholds, checked_unit
from twinlet.metrics.dyads import Dyads, Sums, cumulative, in_order, sums_over


def mated_dyads(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: ArrayLike,
    *,
    unit: Unit,
    enrolled: ArrayLike | None = None,
) -> Dyads:
    """Count misses, `similarity < threshold`, of all mated comparisons.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Angular similarities (t,), strictly rising, finite.
        unit: "identity" when users will be other identities, "image" when they will be other
            images of these same ones.
        enrolled: As `compare_all`.

    Returns:
        The counts. A mated comparison lies in one identity, or shares each of its two images.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, no identity has
            two images, the thresholds do not rise, or the unit is unknown.
    """
    checked_unit(unit)
    probes, others, codes = in_order(templates, labels, enrolled)
    limits = checked_thresholds(thresholds)
    n, points = len(codes), len(limits)
    ends = np.searchsorted(codes, np.arange(codes[-1] + 1), side="right")
    clusters = codes if unit == "identity" else np.arange(n)
    misses = np.zeros((clusters[-1] + 1, points))
    sizes = np.zeros(len(misses))
    for begin, stop in zip(np.append(0, ends[:-1]), ends, strict=True):
        own = slice(begin, stop)
        for rows, block in pair_blocks(probes[own], others[own], np.array([stop - begin])):
            row, column = np.nonzero(later_pairs(block.shape))
            missed = np.searchsorted(limits, block[row, column], side="right")
            row, column = row + begin + rows.start, column + begin + rows.start
            sides = (row,) if unit == "identity" else (row, column)
            for side in sides:
                at = clusters[side]
                sizes += np.bincount(at, minlength=len(sizes))
                misses += cumulative(at, missed, misses.shape)
    total = int(sizes.sum()) // (1 if unit == "identity" else 2)
    if not total:
        raise InvalidInputError(
            "there are no mated pairs to compare: expected an identity with at least two images, "
            "got none; add images of the same identities"
        )
    errors = misses.sum(axis=0) / (1 if unit == "identity" else 2)
    return Dyads(
        unit=unit,
        thresholds=limits,
        errors=errors,
        total=total,
        clusters=int(np.count_nonzero(sizes)),
        by_cluster=sums_over(misses, sizes),
        # Two images share one comparison; a mated one lies in one identity.
        by_pair=Sums(errors, errors, float(total)) if unit == "image" else None,
    )
