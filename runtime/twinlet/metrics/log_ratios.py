"""Log-likelihood ratios of similarities, fitted on comparisons: monotone, bounded, few knots."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet.likelihood import MAX_KNOTS, Knots
from twinlet.metrics.comparisons import Comparisons, Scores, count_at_least
from twinlet.metrics.curves import MIN_POINTS, roc
from twinlet.metrics.independent import Independent
from twinlet.metrics.isotonic import rising
from twinlet.metrics.logistic import logistic_log_odds

Floats = NDArray[np.float64]

# How many comparisons the straight line counts for in each part. In benchmarks/evidence.py this is
# within 0.002 bits of the line alone where images are few, and of none where they are many.
LINE = 4.0


@dataclass(frozen=True, eq=False)
class Parts:
    """Neighbouring similarities taken together; a part holds a comparison or more."""

    centres: Floats  # (k,) rising: mean similarity, mated and non-mated weighing the same in all
    mated: Floats  # (k,) shares of the mated comparisons, sum 1
    non_mated: Floats  # (k,) of the non-mated ones


def fit_log_ratios(
    comparisons: Comparisons,
    independent: Independent,
    *,
    knots: int = MAX_KNOTS,
    line: float = LINE,
) -> Knots:
    """Fit the natural log-likelihood ratio as a function of the similarity.

    The similarities are parted at points of the ROC; the ratio of the shares of mated and of
    non-mated comparisons in a part is the likelihood ratio there. Where a part holds few
    comparisons the ratio leans on a straight line, a logistic regression over all parts: the line
    counts as `line` comparisons in each. Where ratios fall with the similarity, parts are pooled
    (isotonic regression; Zadrozny and Elkan 2002). No ratio is beyond what the data support: with
    n independent non-mated comparisons a False Match Rate of 3 / n is not ruled out by having seen
    none, so no similarity makes "mated" more than n / 3 times as likely, nor, the other way round,
    less than 3 / m with m mated ones (the aim of Vergeer et al. 2016, Science & Justice 56:482).

    All pairs share images and identities. So their number enters nowhere: how much parts weigh
    against the line, and the bounds, are those of `independent`.

    Args:
        comparisons: Of the calibration split.
        independent: How many of them are worth one each.
        knots: The most knots, 8 to 64.
        line: Above 0, finite; the larger, the straighter.

    Returns:
        Knots (similarity, log ratio) for linear interpolation: similarities rise strictly, ratios
        never fall; one knot, of ratio 0, where all scores are equal.

    Raises:
        InvalidInputError: `knots` or `line` is out of range, or not one comparison is independent.
    """
    if not MIN_POINTS <= knots <= MAX_KNOTS:
        raise InvalidInputError(f"expected {MIN_POINTS} to {MAX_KNOTS} knots, got {knots}")
    if not 0.0 < line < math.inf:
        raise InvalidInputError(f"the line must count for more than 0 comparisons, got {line:g}")
    counts = (independent.mated, independent.non_mated)
    if not all(1.0 <= count < math.inf for count in counts):
        raise InvalidInputError(
            f"expected at least one independent comparison of each kind, got {independent.mated:g} "
            f"mated and {independent.non_mated:g} non-mated ones"
        )
    parts = part(comparisons, knots)
    if len(parts.centres) == 1:
        return ((float(parts.centres[0]), 0.0),)
    mated, non_mated = min(counts) * parts.mated, min(counts) * parts.non_mated
    chances = 0.5 * (1.0 + np.tanh(0.5 * logistic_log_odds(parts.centres, mated, non_mated)))
    mated, non_mated = mated + line * chances, non_mated + line * (1.0 - chances)
    shares = rising(mated / (mated + non_mated), mated + non_mated)
    miss, false_match = independent.limits()
    with np.errstate(divide="ignore"):  # a share so near 1 that it is rounded to it
        ratios = np.log(shares) - np.log1p(-shares)
    ratios = np.clip(ratios, math.log(miss), -math.log(false_match))
    return _thinned(parts.centres, ratios)


def part(comparisons: Comparisons, parts: int) -> Parts:
    """Part similarities at points of the ROC: many in the middle, and enough in both tails.

    Args:
        comparisons: What was compared.
        parts: The most parts, at least 7.

    Returns:
        The parts, without empty ones.
    """
    edges = roc(comparisons, parts + 1).thresholds[::-1]
    sums, shares = [], []
    for scores in (comparisons.mated, comparisons.non_mated):
        at = (len(scores) - count_at_least(scores, edges)).tolist()
        sums.append(np.array([_sum(scores[a:b]) for a, b in pairwise(at)]) / len(scores))
        shares.append(np.diff(at) / len(scores))
    mated, non_mated = shares
    there = mated + non_mated > 0.0
    centres = (sums[0] + sums[1])[there] / (mated + non_mated)[there]
    return Parts(centres, mated[there], non_mated[there])


def _sum(scores: Scores) -> float:
    return float(scores.sum(dtype=np.float64))


def _thinned(centres: Floats, ratios: Floats) -> Knots:
    """Knots with digits that people can read, without those inside a level stretch."""
    # Of two at one similarity, after rounding, the later and higher one stays.
    pairs = zip(np.round(centres, 6).tolist(), np.round(ratios, 4).tolist(), strict=True)
    knots = list(dict(pairs).items())
    return tuple(
        knot
        for index, knot in enumerate(knots)
        if index in (0, len(knots) - 1) or not knots[index - 1][1] == knot[1] == knots[index + 1][1]
    )
