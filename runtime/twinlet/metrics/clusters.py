"""False matches counted by identity or by image: what lets a bound see that pairs share them.

Every non-mated comparison belongs to two clusters, those of its two images, and is counted in
both. Nothing more is needed for the variance of a False Match Rate (see `clustered`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.comparisons import BLOCK_ELEMENTS
from twinlet.scores import similarity_matrix

Unit = Literal["identity", "image"]
UNITS: tuple[Unit, ...] = ("identity", "image")


@dataclass(frozen=True, eq=False)
class ClusterCounts:
    """Non-mated comparisons and false matches of each cluster, at several thresholds."""

    unit: Unit  # what a cluster is
    thresholds: NDArray[np.float64]  # (t,) rising
    matches: NDArray[np.int64]  # (g, t) false matches with `similarity >= threshold`
    comparisons: NDArray[np.int64]  # (g,) non-mated comparisons

    def __post_init__(self) -> None:
        clusters, points = len(self.comparisons), len(self.thresholds)
        if self.matches.shape != (clusters, points):
            raise InvalidInputError(
                f"expected matches of {clusters} clusters at {points} thresholds, got shape "
                f"{self.matches.shape}"
            )
        if (self.matches < 0).any() or (self.matches > self.comparisons[:, None]).any():
            raise InvalidInputError(
                "a cluster's false matches must lie between 0 and its comparisons"
            )

    @property
    def clusters(self) -> int:
        """Identities or images."""
        return len(self.comparisons)

    @property
    def total(self) -> int:
        """Non-mated comparisons, each counted once."""
        return int(self.comparisons.sum()) // 2

    @property
    def total_matches(self) -> NDArray[np.int64]:
        """False matches (t,), each counted once."""
        return np.asarray(self.matches.sum(axis=0) // 2, dtype=np.int64)


def count_by_cluster(
    templates: ArrayLike,
    labels: ArrayLike,
    thresholds: ArrayLike,
    *,
    unit: Unit = "identity",
) -> ClusterCounts:
    """Compare every image with every image of other identities and count where matches fall.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        thresholds: Angular similarities (t,), strictly rising, finite.
        unit: What a cluster is: "identity" when users will be identities not seen here, "image"
            when they will be other images of these same ones.

    Returns:
        The counts. Memory is bounded by a few blocks of 8 MB and n x t counts.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, there are
            fewer than two identities, the thresholds do not rise, or the unit is unknown.
    """
    checked_unit(unit)
    vectors = checked_templates(templates)
    codes = checked_labels(labels, len(vectors))
    limits = checked_thresholds(thresholds)
    n, sizes = len(codes), np.bincount(codes)
    if len(sizes) < 2:
        raise InvalidInputError(
            "there are no non-mated pairs to compare: expected images of at least two "
            "identities, got one; add images of other identities"
        )
    matches = np.empty((n, len(limits)), dtype=np.int64)
    rows = max(1, BLOCK_ELEMENTS // n)
    for start in range(0, n, rows):
        own = slice(start, start + rows)
        block = similarity_matrix(vectors[own], vectors).astype(np.float32)
        matches[own] = _reached(block, codes[own, None] != codes, limits)
    comparisons = n - sizes[codes]
    if unit == "identity":
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(sizes)))
        matches = np.add.reduceat(matches[order], starts, axis=0)
        comparisons = np.add.reduceat(comparisons[order], starts)
    return ClusterCounts(unit, limits, matches, np.asarray(comparisons, dtype=np.int64))


def _reached(
    similarities: NDArray[np.float32],
    counted: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
) -> NDArray[np.int64]:
    """How many counted similarities of each row reach each threshold, (rows, t)."""
    # Only those that reach the lowest threshold at all need sorting into bins.
    row, column = np.nonzero(counted & (similarities >= thresholds[0]))
    bins = np.searchsorted(thresholds, similarities[row, column], side="right") - 1
    points = len(thresholds)
    counts = np.bincount(row * points + bins, minlength=len(similarities) * points)
    per_bin = counts.reshape(len(similarities), points)
    return np.asarray(per_bin[:, ::-1].cumsum(axis=1)[:, ::-1], dtype=np.int64)


def checked_unit(unit: str) -> None:
    """Refuse anything but a unit."""
    if unit not in UNITS:
        raise InvalidInputError(f"unknown unit {unit!r}; expected {' or '.join(UNITS)}")


def checked_thresholds(thresholds: ArrayLike) -> NDArray[np.float64]:
    """Take finite thresholds (t,) that rise strictly."""
    values = np.asarray(thresholds, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise InvalidInputError(
            f"thresholds must be finite numbers of shape (t,), got {values.tolist()!r:.80}"
        )
    if (np.diff(values) <= 0.0).any():
        raise InvalidInputError("thresholds must rise strictly from one to the next")
    return values
