"""The cost of log-likelihood ratios, by the formula and where it is known."""

import math
import sys

import numpy as np
import pytest

from twinlet.metrics import Comparisons, cllr, cllr_min
from twinlet.metrics.thinning import evenly

module = sys.modules["twinlet.metrics.cllr"]  # the package's `cllr` is the function


def drawn(seed, mated=300, non_mated=500):
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(rng.beta(4, 2, mated), rng.beta(2, 4, non_mated))


def by_formula(mated, non_mated):
    """Brümmer and du Preez 2006, equation for Cllr, from log ratios one by one."""
    of_mated = [math.log2(1 + math.exp(-ratio)) for ratio in mated]
    of_non_mated = [math.log2(1 + math.exp(ratio)) for ratio in non_mated]
    return (sum(of_mated) / len(of_mated) + sum(of_non_mated) / len(of_non_mated)) / 2


def test_it_is_the_formula():
    def ratios(scores):
        return 9.0 * (scores.astype(np.float64) - 0.55)

    comparisons = drawn(0)
    expected = by_formula(ratios(comparisons.mated), ratios(comparisons.non_mated))
    assert cllr(comparisons, ratios) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("ratio", "bits"),
    [
        (0.0, 1.0),  # tells nothing
        (50.0, 0.0),  # certain and right, here with mated scores above one half
        (-1.0, by_formula([-1.0], [1.0])),  # misleads: worse than telling nothing
    ],
)
def test_perfect_uninformative_and_misleading(ratio, bits):
    comparisons = Comparisons.from_scores([0.75, 0.875], [0.125, 0.25, 0.375])

    def ratios(scores):
        return np.where(scores > 0.5, ratio, -ratio)

    assert cllr(comparisons, ratios) == pytest.approx(bits, abs=1e-9)


def test_certain_and_wrong_is_dear_but_never_infinite_by_overflow():
    comparisons = Comparisons.from_scores([0.25], [0.75])
    cost = cllr(comparisons, lambda scores: np.where(scores > 0.5, 5000.0, -5000.0))
    assert cost == pytest.approx(5000 / math.log(2))


@pytest.mark.parametrize("seed", range(4))
def test_the_least_is_that_of_isotonic_regression(seed):
    isotonic = pytest.importorskip("sklearn.isotonic")
    comparisons = drawn(seed)
    scores = np.concatenate([comparisons.mated, comparisons.non_mated]).astype(np.float64)
    targets = np.repeat([1.0, 0.0], [300, 500])
    shares = isotonic.IsotonicRegression().fit_transform(scores, targets)
    with np.errstate(divide="ignore"):
        ratios = np.log(shares) - np.log1p(-shares) - math.log(300 / 500)
    expected = by_formula(ratios[:300], ratios[300:])
    assert cllr_min(comparisons) == pytest.approx(expected, abs=1e-9)
    # No other rising function costs less on these comparisons.
    for slope in (2.0, 8.0, 20.0):
        assert cllr(comparisons, lambda s, k=slope: k * (s - 0.5)) > cllr_min(comparisons)


@pytest.mark.parametrize(
    ("mated", "non_mated", "bits"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0),
        ([0.5, 0.5], [0.5], 1.0),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
    ],
)
def test_the_least_of_separate_equal_and_turned_scores(mated, non_mated, bits):
    assert cllr_min(Comparisons.from_scores(mated, non_mated)) == pytest.approx(bits, abs=1e-12)


def test_many_scores_are_taken_by_rank(monkeypatch):
    comparisons = drawn(1, 40_000, 90_000)

    def ratios(scores):
        taken.append(len(scores))
        return np.clip(12.0 * (scores.astype(np.float64) - 0.5), -5.0, 5.0)

    taken = []
    exact = cllr(comparisons, ratios)
    monkeypatch.setattr(module, "evenly", lambda scores: evenly(scores, 2_000))
    # Costs lie between 0 and 7.3 bits: off by less than 7.3 / 2000.
    assert cllr(comparisons, ratios) == pytest.approx(exact, abs=7.3 / 2_000)
    assert taken == [40_000, 90_000, 2_000, 2_000]
