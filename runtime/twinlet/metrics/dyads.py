"""Errors of comparisons that share identities or images, counted for the variance of their rate.

Two comparisons are dependent when they share a cluster, an identity or an image. The variance of
a rate sums the products of residuals over all dependent pairs of comparisons: over clusters the
square of what each holds, less what was counted twice because the two comparisons share both
their clusters (Fafchamps and Gubert 2007; for 1:1 verification Fogliato, Patil and Perona 2024,
arXiv:2306.01198). A residual is the error less the rate, so a few sums are all that is needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.clusters import Unit

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sums:
    """Over clusters, or over pairs of them, of what each holds."""

    squares: Floats  # (t,) errors times errors
    products: Floats  # (t,) errors times comparisons
    extent: float  # comparisons times comparisons

    def of_residuals(self, rates: Floats) -> Floats:
        """The same of errors less those expected at the rates (t,)."""
        return np.asarray(
            self.squares - 2.0 * rates * self.products + rates**2 * self.extent, dtype=np.float64
        )


@dataclass(frozen=True, eq=False)
class Dyads:
    """Errors at several thresholds, and the sums that make the variance of their rate."""

    unit: Unit  # what a cluster is
    thresholds: Floats  # (t,) rising
    errors: Floats  # (t,) comparisons decided wrongly
    total: int  # comparisons
    clusters: int  # that hold a comparison
    by_cluster: Sums
    by_pair: Sums | None  # None where every comparison lies in a single cluster

    @property
    def rates(self) -> Floats:
        """Share of the comparisons that are decided wrongly (t,)."""
        return np.asarray(self.errors / self.total, dtype=np.float64)


def sums_over(errors: Floats, comparisons: Floats) -> Sums:
    """Take the sums over clusters with so many errors (g, t) and comparisons (g,)."""
    return Sums(
        squares=np.asarray((errors**2).sum(axis=0)),
        products=np.asarray(comparisons @ errors),
        extent=float(comparisons @ comparisons),
    )


def cumulative(at: NDArray[np.intp], steps: NDArray[np.intp], shape: tuple[int, int]) -> Floats:
    """For each cluster and point, how many have a step of at most the point (clusters, t)."""
    clusters, points = shape
    counts = np.bincount(at * (points + 1) + steps, minlength=clusters * (points + 1))
    return np.asarray(
        counts.reshape(clusters, points + 1)[:, :points].cumsum(axis=1), dtype=np.float64
    )


def in_order(
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
