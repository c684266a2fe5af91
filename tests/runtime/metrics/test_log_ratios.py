"""Log-likelihood ratios where the true ones are known, and where data are few or say nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.likelihood import Likelihood
from twinlet.metrics import Comparisons, Independent, cllr, cllr_min, fit_log_ratios

MANY = Independent(mated=20_000, non_mated=100_000)


def ratios_of(knots):
    return Likelihood("", knots, 1, 1, 0.0, 0.0).log_ratios


def normal(seed, mated=20_000, non_mated=100_000, spread=0.06):
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(
        rng.normal(0.6, spread, mated).clip(0, 1), rng.normal(0.5, 0.06, non_mated).clip(0, 1)
    )


def log_density(scores, mean, spread):
    return -0.5 * ((scores - mean) / spread) ** 2 - np.log(spread)


@pytest.mark.parametrize("seed", range(3))
def test_equal_normal_scores_have_a_straight_line(seed):
    found = ratios_of(fit_log_ratios(normal(seed), MANY))
    # From -3.6 to +4.2. At the ends a part holds about ten of the scarcer kind: one over the root
    # of ten is a third.
    scores = np.linspace(0.42, 0.70, 57)
    true = log_density(scores, 0.6, 0.06) - log_density(scores, 0.5, 0.06)
    assert np.abs(found(scores) - true).max() < 0.6
    assert np.abs(found(scores) - true)[8:-8].max() < 0.3
    assert np.abs(found(scores) - true).mean() < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_unequal_normal_scores_have_a_parabola(seed):
    """Which a logistic line cannot follow: it is only leant on where there is little else."""
    found = ratios_of(fit_log_ratios(normal(seed, spread=0.1), MANY))
    scores = np.linspace(0.48, 0.70, 45)  # where the parabola rises, and some of both kinds are
    true = log_density(scores, 0.6, 0.1) - log_density(scores, 0.5, 0.06)
    assert np.abs(found(scores) - true).max() < 0.5
    assert np.abs(found(scores) - true).mean() < 0.1


@pytest.mark.parametrize("size", [60, 400, 4_000])
def test_on_new_comparisons_little_is_lost(size):
    worth = Independent(mated=size, non_mated=5 * size)
    tested = normal(99, spread=0.1)
    least = cllr_min(tested)
    for seed in range(4):
        found = ratios_of(fit_log_ratios(normal(seed, size, 5 * size, spread=0.1), worth))
        # A few numbers learnt from n comparisons cost about so many halves of a nat over n.
        assert cllr(tested, found) < least + 0.004 + 6.0 / size


def test_the_number_of_comparisons_bounds_nothing():
    """Twice the same comparisons are worth no more than once."""
    once = normal(0, 500, 2_000)
    worth = Independent(mated=50, non_mated=80)
    twice = Comparisons.from_scores(np.repeat(once.mated, 2), np.repeat(once.non_mated, 2))
    scores = np.linspace(0.3, 0.8, 51)
    a, b = (ratios_of(fit_log_ratios(each, worth))(scores) for each in (once, twice))
    assert np.abs(a - b).max() < 0.2  # points of the ROC are chosen by rank
    assert (a[0], a[-1]) == (b[0], b[-1])


@pytest.mark.parametrize(("mated", "non_mated"), [(30, 30), (200, 1_000), (50_000, 400_000)])
def test_separate_scores_are_bounded_by_the_rule_of_three(mated, non_mated):
    rng = np.random.default_rng(0)
    apart = Comparisons.from_scores(rng.uniform(0.8, 0.9, 40), rng.uniform(0.1, 0.2, 90))
    knots = fit_log_ratios(apart, Independent(mated, non_mated))
    # Of all draws of n with this rate, 3 / n or nearly, 5 in 100 show no error.
    lowest, highest = knots[0][1], knots[-1][1]
    assert -lowest <= -math.log(1 - 0.05 ** (1 / mated)) + 1e-4
    assert highest <= -math.log(1 - 0.05 ** (1 / non_mated)) + 1e-4
    assert lowest < -1.0 < 1.0 < highest
    found = ratios_of(knots)
    assert found(0.15) < 0.0 < found(0.85)


def test_the_bound_is_reached_where_the_data_would_support_more():
    rng = np.random.default_rng(1)
    apart = Comparisons.from_scores(rng.uniform(0.6, 0.9, 5_000), rng.uniform(0.1, 0.5, 9_000))
    knots = fit_log_ratios(apart, Independent(mated=5_000, non_mated=30))
    assert knots[-1][1] == pytest.approx(-math.log(1 - 0.05 ** (1 / 30)), abs=1e-4)


def test_equal_scores_say_nothing():
    assert fit_log_ratios(Comparisons.from_scores([0.5, 0.5], [0.5]), MANY) == ((0.5, 0.0),)


def test_turned_scores_say_nothing():
    rng = np.random.default_rng(2)
    turned = Comparisons.from_scores(rng.uniform(0.1, 0.4, 500), rng.uniform(0.3, 0.6, 500))
    found = ratios_of(fit_log_ratios(turned, MANY))
    assert np.abs(found(np.linspace(0, 1, 101))).max() < 0.05


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_ties_are_one_part(decimals):
    whole = normal(3, 2_000, 5_000)
    tied = replace(
        whole,
        mated=np.round(whole.mated, decimals),
        non_mated=np.round(whole.non_mated, decimals),
    )
    knots = fit_log_ratios(tied, MANY)
    found = ratios_of(knots)
    for score in np.unique(tied.mated)[2:-2]:
        p, q = np.mean(tied.mated == score), np.mean(tied.non_mated == score)
        if decimals == 1 and q > 0:
            assert found(score) == pytest.approx(math.log(p / q), abs=0.05)
    assert cllr(tied, found) < cllr_min(tied) + 0.01


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("knots", [8, 64])
def test_knots_rise_and_are_few(seed, knots):
    rng = np.random.default_rng(seed)
    comparisons = Comparisons.from_scores(rng.beta(4, 2, 900), rng.beta(2, 4, 5_000))
    found = fit_log_ratios(comparisons, Independent(40, 200), knots=knots)
    assert 2 <= len(found) <= knots
    at, ratios = zip(*found, strict=True)
    assert (np.diff(at) > 0).all()
    assert (np.diff(ratios) >= 0).all()
    assert np.isfinite(ratios).all()


@pytest.mark.parametrize(
    ("worth", "knots", "message"),
    [
        (MANY, 7, "expected 8 to 64 knots, got 7"),
        (MANY, 65, "expected 8 to 64 knots, got 65"),
        (Independent(0, 9), 64, "at least one independent comparison of each kind, got 0 mated"),
        (Independent(9, 0.5), 64, "got 9 mated and 0.5 non-mated"),
        (Independent(9, math.nan), 64, "got 9 mated and nan non-mated"),
    ],
)
def test_what_cannot_be_fitted(worth, knots, message):
    with pytest.raises(InvalidInputError, match=message):
        fit_log_ratios(normal(0, 50, 50), worth, knots=knots)


@pytest.mark.parametrize("line", [0.0, -1.0, math.inf, math.nan])
def test_a_line_that_counts_for_nothing_or_all_is_refused(line):
    with pytest.raises(InvalidInputError, match="the line must count for more than 0"):
        fit_log_ratios(normal(0, 50, 50), MANY, line=line)


def test_a_line_that_counts_for_all_but_everything_is_straight():
    comparisons = normal(1, 2_000, 9_000, spread=0.1)
    scores = np.linspace(0.45, 0.65, 21)
    bends = []
    for line in (1e-9, 4.0, 1e9):
        found = ratios_of(fit_log_ratios(comparisons, MANY, line=line))(scores)
        bends.append(np.abs(np.diff(found, 2)).max())
    assert min(bends[:2]) > 0.1
    assert bends[2] < 1e-3


def test_scores_that_are_none_are_refused_before():
    with pytest.raises(InvalidInputError, match="got nan at index 1"):
        Comparisons.from_scores([0.5, math.nan], [0.5])
