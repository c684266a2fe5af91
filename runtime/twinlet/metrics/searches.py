"""Error rates of 1:N identification, in an open and in a closed set (ISO/IEC 19795-1)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_templates
from twinlet.metrics.comparisons import BLOCK_ELEMENTS
from twinlet.scores import angular

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Searches:
    """What searching a gallery gave for each probe; made by `search_all`.

    An identity's similarity is that of its most similar template.
    """

    mated: Floats  # (m,) similarity of the probe's own identity; probes with one enrolled
    ranks: Counts  # (m,) its rank, 1 the best; a tie counts against it
    non_mated: Floats  # (n,) highest similarity of probes whose identity is not enrolled
    identities: int  # enrolled

    def fpir(self, threshold: float) -> float:
        """False Positive Identification Rate: share of strangers who find a candidate.

        Args:
            threshold: Candidates have `similarity >= threshold`.

        Returns:
            In [0, 1].

        Raises:
            InvalidInputError: All probes' identities are enrolled: a closed set has none.
        """
        if not len(self.non_mated):
            raise InvalidInputError(
                "FPIR needs probes of identities that are not enrolled, got none; keep some "
                "identities out of the gallery"
            )
        return float(np.mean(self.non_mated >= threshold))

    def fnir(self, threshold: float, rank: int = 1) -> float:
        """False Negative Identification Rate: share of enrolled ones not found.

        Args:
            threshold: A candidate below it is not shown.
            rank: How many candidates are looked at, at least 1.

        Returns:
            In [0, 1].
        """
        found = (self._enrolled_ranks() <= _checked_rank(rank)) & (self.mated >= threshold)
        return 1.0 - float(np.mean(found))

    def identification_rate(self, rank: int = 1) -> float:
        """Closed-set rank-k rate: share of enrolled ones whose identity is among the first k."""
        return float(np.mean(self._enrolled_ranks() <= _checked_rank(rank)))

    def _enrolled_ranks(self) -> Counts:
        if not len(self.ranks):
            raise InvalidInputError(
                "this rate needs probes of enrolled identities, got none; enrol some of them"
            )
        return self.ranks


def search_all(
    probes: ArrayLike, probe_labels: ArrayLike, templates: ArrayLike, labels: ArrayLike
) -> Searches:
    """Search every probe in a gallery of templates.

    Args:
        probes: Unit vectors (p, d), finite.
        probe_labels: Their identities (p,), integers or strings.
        templates: Unit vectors of the gallery (g, d), finite.
        labels: Their identities (g,), of the same kind.

    Returns:
        The searches. Beyond the result, memory is bounded by a few blocks of 8 MB.

    Raises:
        InvalidInputError: The shapes do not fit, or a vector is not of unit length.
    """
    left, right = checked_templates(probes, "probes"), checked_templates(templates)
    if left.shape[1] != right.shape[1]:
        raise InvalidInputError(
            f"probes and templates must have the same dimensions, got {left.shape[1]} and "
            f"{right.shape[1]}"
        )
    own, enrolled = np.asarray(probe_labels), np.asarray(labels)
    for name, given, vectors in (("probe_labels", own, left), ("labels", enrolled, right)):
        if given.shape != (len(vectors),) or given.dtype.kind not in "biuUS":
            raise InvalidInputError(
                f"{name} must be {len(vectors)} integers or strings, one a vector, got "
                f"{given.dtype} of shape {given.shape}"
            )
    order = np.argsort(enrolled, kind="stable")
    names, starts = np.unique(enrolled[order], return_index=True)
    place = np.searchsorted(names, own)
    known = (place < len(names)) & (names[np.minimum(place, len(names) - 1)] == own)
    best, ranks = np.empty(len(left)), np.zeros(len(left), dtype=np.int64)
    rows = max(1, BLOCK_ELEMENTS // len(right))
    for start in range(0, len(left), rows):
        part = slice(start, start + rows)
        cosines = left[part] @ right[order].T
        each = np.maximum.reduceat(cosines, starts, axis=1)  # identities
        mate = each[np.arange(len(each)), np.where(known[part], place[part], 0)]
        best[part] = np.where(known[part], mate, each.max(axis=1))
        ranks[part] = (each >= mate[:, None]).sum(axis=1)  # itself is one of them
    similarities = angular(best)
    return Searches(similarities[known], ranks[known], similarities[~known], len(names))


def _checked_rank(rank: int) -> int:
    if rank < 1:
        raise InvalidInputError(f"a rank must be at least 1, got {rank}")
    return rank
