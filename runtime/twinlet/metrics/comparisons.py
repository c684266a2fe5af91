"""Comparison scores of labelled templates, mated and non-mated, and how to count them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels, checked_pair_flags, checked_templates
from twinlet.scores import similarity, similarity_matrix

Scores = NDArray[np.float32]
Counts = NDArray[np.int64]

# Elements of one block of float64 similarities: large enough for BLAS, small enough (8 MB)
# that memory is bounded by the result and not by n * n.
BLOCK_ELEMENTS = 1_000_000


@dataclass(frozen=True, eq=False)
class Comparisons:
    """The similarities of many comparisons, each side sorted.

    Make one with `compare_all`, `compare_pairs` or `Comparisons.from_scores`, which check and
    sort; the arrays are read-only.
    """

    mated: Scores  # (m,) ascending, angular similarities in [0, 1]; m >= 1, 0 if left out
    non_mated: Scores  # (n,) ascending, angular similarities in [0, 1]; n >= 1
    identities: int  # distinct identities behind the comparisons; 0 when not known
    images: int  # images behind the comparisons; 0 when not known

    @classmethod
    def from_scores(
        cls, mated: ArrayLike, non_mated: ArrayLike, *, identities: int = 0, images: int = 0
    ) -> Self:
        """Take scores that were made elsewhere.

        Args:
            mated: Angular similarities (m,) in [0, 1] of pairs of one identity, any order.
            non_mated: Angular similarities (n,) in [0, 1] of pairs of two identities.
            identities: Distinct identities behind the scores; 0 when not known.
            images: Images behind the scores; 0 when not known.

        Returns:
            The comparisons; the scores are rounded to float32.

        Raises:
            InvalidInputError: A side is empty or not one-dimensional, or a score is NaN,
                infinite or outside [0, 1].
        """
        return cls(
            mated=_sorted(_checked_scores("mated", mated)),
            non_mated=_sorted(_checked_scores("non-mated", non_mated)),
            identities=identities,
            images=images,
        )


def compare_all(
    templates: ArrayLike,
    labels: ArrayLike,
    *,
    enrolled: ArrayLike | None = None,
    mates: bool = True,
) -> Comparisons:
    """Compare every image with every other once: all n * (n - 1) / 2 unordered pairs.

    The pairs share images, so they are not independent; an interval that treats them as
    independent is too narrow.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        enrolled: What the same images give when they are enrolled, if that is not what they
            give as a probe; unit vectors (n, d). Of each pair the image of the earlier
            identity, then the earlier image, is the probe.
        mates: False to leave mated comparisons out, for what needs none: there may be none.

    Returns:
        The comparisons, 4 bytes each (200 MB for 10,000 images). Beyond the result, memory
        is bounded by a few blocks of 8 MB.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, there are
            fewer than two identities, or no identity has two images although `mates` are wanted.
    """
    pairs = AllPairs.of(templates, labels, enrolled, mates=mates)
    mated = np.empty(pairs.mated if mates else 0, dtype=np.float32)
    non_mated = np.empty(pairs.non_mated, dtype=np.float32)
    mated_at = other_at = 0
    for own, strangers in pairs.rows():
        non_mated[other_at : other_at + len(strangers)] = strangers
        other_at += len(strangers)
        if mates:
            mated[mated_at : mated_at + len(own)] = own
            mated_at += len(own)
    return Comparisons(
        _sorted(mated), _sorted(non_mated), identities=pairs.identities, images=pairs.images
    )


@dataclass(frozen=True, eq=False)
class AllPairs:
    """All pairs of labelled images, each once, for whoever keeps or counts them."""

    probes: NDArray[np.float64]  # (n, d), ordered by identity
    enrolled: NDArray[np.float64]  # (n, d), what the same images give when they are enrolled
    codes: NDArray[np.intp]  # (n,) identities from 0, rising
    mated: int  # pairs, at least 1
    non_mated: int  # pairs, at least 1

    @classmethod
    def of(
        cls,
        templates: ArrayLike,
        labels: ArrayLike,
        enrolled: ArrayLike | None,
        *,
        mates: bool = True,
    ) -> Self:
        """Check what is given and put it in order; see `compare_all`."""
        vectors = checked_templates(templates)
        others = vectors if enrolled is None else checked_templates(enrolled, "enrolled")
        _require_one_shape(vectors, others)
        codes = checked_labels(labels, len(vectors))
        total, other = len(codes) * (len(codes) - 1) // 2, count_non_mated(codes)
        _require_both_sides(total - other if mates else 1, other)
        order = np.argsort(codes, kind="stable")
        return cls(vectors[order], others[order], codes[order], total - other, other)

    @property
    def identities(self) -> int:
        """Distinct identities."""
        return int(self.codes[-1]) + 1

    @property
    def images(self) -> int:
        """Templates."""
        return len(self.codes)

    def rows(self) -> Iterator[tuple[Scores, Scores]]:
        """Give each image's similarities with its later mates, and with everyone later."""
        # After image i come its mates, up to ends[i], and then everyone else, so that each row
        # of similarities is two slices and needs no masks.
        n, ends = self.images, np.searchsorted(self.codes, self.codes, side="right")
        rows = max(1, BLOCK_ELEMENTS // n)
        for start in range(0, n, rows):
            probes = self.probes[start : start + rows]
            block = similarity_matrix(probes, self.enrolled[start:]).astype(np.float32)
            for row, i in zip(block, range(start, n), strict=False):
                yield row[i + 1 - start : ends[i] - start], row[ends[i] - start :]


def compare_pairs(a: ArrayLike, b: ArrayLike, mated: ArrayLike) -> Comparisons:
    """Compare given pairs of templates: `a[i]` with `b[i]`.

    Args:
        a: Unit vectors (n, d), finite.
        b: Unit vectors (n, d), finite.
        mated: Booleans (n,), True where a pair is of one identity.

    Returns:
        The comparisons; `identities` and `images` are 0, since pairs do not tell them.

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, or there are
            no mated or no non-mated pairs.
    """
    left = checked_templates(a, "a")
    right = checked_templates(b, "b")
    _require_one_shape(left, right)
    flags = checked_pair_flags(mated, len(left))
    _require_both_sides(int(flags.sum()), int((~flags).sum()))
    scores = similarity(left, right)
    return Comparisons.from_scores(scores[flags], scores[~flags])


def count_non_mated(labels: ArrayLike) -> int:
    """Count the non-mated pairs of labelled images without comparing anything.

    Args:
        labels: Identities (n,), integers or strings.

    Returns:
        The number of unordered pairs of images of two different identities, exact.
    """
    per_identity: list[int] = np.bincount(checked_labels(labels)).tolist()
    n = sum(per_identity)
    return n * (n - 1) // 2 - sum(count * (count - 1) // 2 for count in per_identity)


def count_at_least(scores: Scores, thresholds: ArrayLike) -> Counts:
    """Count the scores that match: `score >= threshold`, as `twinlet.scores.is_match` decides.

    Args:
        scores: Ascending float32 (n,).
        thresholds: Any shape; -inf counts all scores and +inf none.

    Returns:
        Int64 of the shape of `thresholds`.

    Raises:
        InvalidInputError: A threshold is NaN.
    """
    wanted = np.asarray(thresholds, dtype=np.float64)
    if np.isnan(wanted).any():
        raise InvalidInputError("a threshold must be a number, got NaN")
    # A float32 score reaches a float64 threshold exactly when it reaches the next float32 at
    # or above it. Searching with a float64 would copy all scores to float64.
    with np.errstate(over="ignore"):
        rounded = wanted.astype(np.float32)
    up = np.where(rounded < wanted, np.nextafter(rounded, np.float32(np.inf)), rounded)
    below = np.searchsorted(scores, up, side="left")
    return np.asarray(len(scores) - below, dtype=np.int64)


def threshold_letting(scores: Scores, allowed: ArrayLike) -> Scores:
    """The lowest threshold, of all float32, at which no more than `allowed` scores match.

    Args:
        scores: Ascending float32 (n,).
        allowed: Counts of any shape, 0 to n - 1.

    Returns:
        Float32 of the shape of `allowed`: the number just above the score that would be one too
        many; above 1, where no similarity lies, when that score is 1.
    """
    too_many = scores[len(scores) - 1 - np.asarray(allowed)]
    return np.asarray(np.nextafter(too_many, np.float32(2.0), dtype=np.float32))


def _sorted(scores: Scores) -> Scores:
    scores.sort()
    scores.setflags(write=False)
    return scores


def _checked_scores(name: str, scores: ArrayLike) -> Scores:
    try:
        values = np.array(scores, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{name} scores must be numbers of shape (n,): {error}") from error
    if values.ndim != 1 or values.size == 0:
        raise InvalidInputError(
            f"{name} scores must be a non-empty array of shape (n,), got {values.shape}"
        )
    # Written so that NaN fails too.
    bad = ~((values >= 0.0) & (values <= 1.0))
    if bad.any():
        first = int(np.argmax(bad))
        raise InvalidInputError(
            f"{name} scores must be angular similarities in [0, 1], got {values[first]:g} at "
            f"index {first}; turn cosines into similarities with twinlet.scores.angular"
        )
    return values


def _require_one_shape(left: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    if left.shape != right.shape:
        raise InvalidInputError(
            f"pairs need two arrays of one shape, got {left.shape} and {right.shape}"
        )


def _require_both_sides(mated: int, non_mated: int) -> None:
    if non_mated == 0:
        raise InvalidInputError(
            "there are no non-mated pairs to compare: expected images of at least two "
            "identities, got one; add images of other identities"
        )
    if mated == 0:
        raise InvalidInputError(
            "there are no mated pairs to compare: expected an identity with at least two "
            "images, got none; add images of the same identities"
        )
