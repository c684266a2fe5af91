"""Comparisons counted as they are made: error rates of any number of them in bounded memory.

Similarities fall into steps of 2 ** -20, about a millionth. Scaling by a power of two rounds
nothing, so counts at thresholds on a step are exactly those of `compare_all`; only what lies
between two steps is told as two bounds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.comparisons import BLOCK_ELEMENTS, AllPairs, Counts, Scores
from twinlet.metrics.selection import allowed_matches

Floats = NDArray[np.float64]

STEPS = 2**20


@dataclass(frozen=True, eq=False)
class Tally:
    """How many comparisons lie in each step of similarity; made by `tally_all`."""

    mated: Counts  # (STEPS + 1,): place k counts k <= STEPS * similarity < k + 1
    non_mated: Counts  # (STEPS + 1,)
    identities: int  # distinct identities behind the comparisons
    images: int  # images behind the comparisons

    def fmr(self, thresholds: ArrayLike) -> Floats:
        """False Match Rate: the share of non-mated comparisons with `similarity >= threshold`.

        Args:
            thresholds: On a step (see `on_step`), any shape.

        Returns:
            Float64 in [0, 1], of the shape of `thresholds`.

        Raises:
            InvalidInputError: A threshold lies between two steps.
        """
        reached = _reached(self.non_mated, thresholds)
        return np.asarray(reached / self.non_mated.sum(), dtype=np.float64)

    def fnmr(self, thresholds: ArrayLike) -> Floats:
        """False Non-Match Rate: the share of mated comparisons with `similarity < threshold`.

        Args:
            thresholds: On a step (see `on_step`), any shape.

        Returns:
            Float64 in [0, 1], of the shape of `thresholds`.

        Raises:
            InvalidInputError: A threshold lies between two steps.
        """
        total = self.mated.sum()
        return np.asarray((total - _reached(self.mated, thresholds)) / total, dtype=np.float64)

    def threshold_letting(self, allowed: ArrayLike) -> Floats:
        """The lowest threshold on a step at which no more than `allowed` non-mated ones match.

        Args:
            allowed: Counts of any shape, at least 0.

        Returns:
            Float64 of the shape of `allowed`; above 1 when too many have similarity 1.
        """
        # Rising, so that it can be searched: non-mated comparisons at or above STEPS - place.
        reached = np.cumsum(self.non_mated[::-1])
        places = np.searchsorted(reached, np.asarray(allowed), side="right")
        return np.asarray((STEPS + 1 - places) / STEPS, dtype=np.float64)

    def candidate_thresholds(self) -> Floats:
        """Thresholds at rates evenly spread on a log scale, as `candidate_thresholds` gives.

        Returns:
            Float64, strictly rising, each on a step and at most 1.
        """
        allowed = allowed_matches(int(self.non_mated.sum()))
        above = np.unique(self.threshold_letting(allowed))
        return np.asarray(above[above <= 1.0], dtype=np.float64)

    def auc(self) -> tuple[float, float]:
        """Bounds of the area under the ROC: pairs within a step count as lost, and as won."""
        below = np.cumsum(self.non_mated) - self.non_mated
        # In whole numbers: each sum is at most m * n, far inside int64.
        won = int((self.mated * below).sum())
        open_ = int((self.mated * self.non_mated).sum())
        pairs = int(self.mated.sum()) * int(self.non_mated.sum())
        return won / pairs, (won + open_) / pairs

    def eer(self) -> tuple[float, float]:
        """Bounds of the Equal Error Rate, from the two steps around the crossing."""
        every = np.arange(STEPS + 2) / STEPS
        fmr, fnmr = self.fmr(every), self.fnmr(every)
        after = int(np.argmax(fmr <= fnmr))  # above 1 nothing matches: FMR 0, FNMR 1
        before = after - 1  # at 0 everything does: FMR 1, FNMR 0
        low, high = max(fmr[after], fnmr[before]), min(fmr[before], fnmr[after])
        return float(low), float(high)


def tally_all(
    templates: ArrayLike, labels: ArrayLike, *, enrolled: ArrayLike | None = None
) -> Tally:
    """Compare every image with every other once, and count instead of keeping.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        enrolled: As `compare_all` has it.

    Returns:
        The counts. Memory is bounded by them (16 MB) and a few blocks of 8 MB, however many
        comparisons there are.

    Raises:
        InvalidInputError: As `compare_all`.
    """
    pairs = AllPairs.of(templates, labels, enrolled)
    mated, non_mated = (np.zeros(STEPS + 1, dtype=np.int64) for _ in range(2))
    for mates, strangers in _gathered(pairs.rows()):
        mated += np.bincount(_steps(mates), minlength=STEPS + 1)
        non_mated += np.bincount(_steps(strangers), minlength=STEPS + 1)
    return Tally(mated, non_mated, identities=pairs.identities, images=pairs.images)


def on_step(thresholds: ArrayLike) -> Floats:
    """Take thresholds up to the next step, for a `Tally`: at most 2 ** -20 higher.

    Returns:
        Float64 of the same shape.
    """
    return np.asarray(np.ceil(np.asarray(thresholds, dtype=np.float64) * STEPS) / STEPS)


def _gathered(rows: Iterable[tuple[Scores, Scores]]) -> Iterator[tuple[Scores, Scores]]:
    """Join rows until they are worth counting: a count takes as long as a million additions."""
    held: list[tuple[Scores, Scores]] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row[0]) + len(row[1])
        if size >= BLOCK_ELEMENTS:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _joined(rows: list[tuple[Scores, Scores]]) -> tuple[Scores, Scores]:
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])


def _steps(scores: Scores) -> NDArray[np.int32]:
    return np.asarray((scores * np.float32(STEPS)).astype(np.int32))


def _reached(counts: Counts, thresholds: ArrayLike) -> Counts:
    """How many lie at or above each threshold."""
    wanted = np.asarray(thresholds, dtype=np.float64) * STEPS
    # Written so that NaN fails too; infinities are thresholds like any other.
    if not (wanted == np.ceil(wanted)).all():
        raise InvalidInputError(
            f"a tally counts at thresholds on a step of 2 ** -20, got "
            f"{np.asarray(thresholds).tolist()!r:.80}; take them up to one with `on_step`"
        )
    reached = np.append(np.cumsum(counts[::-1])[::-1], 0)
    return np.asarray(reached[np.clip(wanted, 0, STEPS + 1).astype(np.int64)], dtype=np.int64)
