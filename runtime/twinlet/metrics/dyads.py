"""Errors of comparisons that share identities or images, counted for the variance of their rate.

Two comparisons are dependent when they share a cluster, an identity or an image. The variance of
a rate sums the products of residuals over all dependent pairs of comparisons: over clusters the
square of what each holds, less what was counted twice because the two comparisons share both
their clusters (Fafchamps and Gubert 2007; for 1:1 verification Fogliato, Patil and Perona 2024,
arXiv:2306.01198). A residual is the error less the rate, so three sums are all that is needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.blocks import later_pairs, pair_blocks
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.clusters import Unit, checked_thresholds, checked_unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dyads:
    """Errors at several thresholds, and the sums that make the variance of their rate."""

    unit: Unit  # what a cluster is
    thresholds: Floats  # (t,) rising
    errors: Floats  # (t,) comparisons decided wrongly
    total: int  # comparisons
    clusters: int  # that hold a comparison
    squares: Floats  # (t,) over dependent pairs of comparisons: error times error
    products: Floats  # (t,) error times one
    extent: float  # one times one: how many pairs are dependent, each counted twice

    @property
    def rates(self) -> Floats:
        """Share of the comparisons that are decided wrongly (t,)."""
        return np.asarray(self.errors / self.total, dtype=np.float64)


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
    probes, others, codes = _in_order(templates, labels, enrolled)
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
                misses += _cumulative(at, missed, misses.shape)
    total = int(sizes.sum()) // (1 if unit == "identity" else 2)
    if not total:
        raise InvalidInputError(
            "there are no mated pairs to compare: expected an identity with at least two images, "
            "got none; add images of the same identities"
        )
    errors = misses.sum(axis=0) / (1 if unit == "identity" else 2)
    # Two images share one comparison, with itself; two identities share no mated one.
    twice = errors if unit == "image" else np.zeros(points)
    return Dyads(
        unit=unit,
        thresholds=limits,
        errors=errors,
        total=total,
        clusters=int(np.count_nonzero(sizes)),
        squares=(misses**2).sum(axis=0) - twice,
        products=sizes @ misses - twice,
        extent=float(sizes @ sizes) - (total if unit == "image" else 0),
    )


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
    probes, _, codes = _in_order(templates, labels, None)
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
        towards = _cumulative(other, below, matches.shape)[:, ::-1]
        matches += towards
        if unit == "image":
            matches += _cumulative(own, below, matches.shape)[:, ::-1]
            continue
        identity = codes[rows.start]
        matches[identity] += towards.sum(axis=0)
        pending += towards
        pending_sizes += np.bincount(other, minlength=count)
        if rows.stop in stops:  # all comparisons of this identity with later ones are counted
            squares -= (pending**2).sum(axis=0)
            products -= pending_sizes @ pending
            extent -= float(pending_sizes @ pending_sizes)
            pending[:], pending_sizes[:] = 0.0, 0.0
    total, errors = int(sizes.sum()) // 2, matches.sum(axis=0) / 2.0
    if not total:
        raise InvalidInputError(
            "there are no non-mated pairs to compare: expected images of at least two "
            "identities" + ("" if across is None else " in two groups") + ", got none"
        )
    if unit == "image":  # two images share one comparison, with itself
        squares, products, extent = -errors, -errors, -float(total)
    return Dyads(
        unit=unit,
        thresholds=limits,
        errors=errors,
        total=total,
        clusters=int(np.count_nonzero(sizes)),
        squares=(matches**2).sum(axis=0) + squares,
        products=sizes @ matches + products,
        extent=float(sizes @ sizes) + extent,
    )


def _cumulative(at: NDArray[np.intp], steps: NDArray[np.intp], shape: tuple[int, int]) -> Floats:
    """For each cluster and point, how many have a step of at most the point (clusters, t)."""
    clusters, points = shape
    counts = np.bincount(at * (points + 1) + steps, minlength=clusters * (points + 1))
    return np.asarray(
        counts.reshape(clusters, points + 1)[:, :points].cumsum(axis=1), dtype=np.float64
    )


def _in_order(
    templates: ArrayLike, labels: ArrayLike, enrolled: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Vectors and numbered identities, by identity."""
    vectors = checked_templates(templates)
    others = vectors if enrolled is None else checked_templates(enrolled, "enrolled")
    codes = checked_labels(labels, len(vectors))
    if others.shape != vectors.shape:
        raise InvalidInputError(
            f"pairs need two arrays of one shape, got {vectors.shape} and {others.shape}"
        )
    order = np.argsort(codes, kind="stable")
    return vectors[order], others[order], codes[order]
