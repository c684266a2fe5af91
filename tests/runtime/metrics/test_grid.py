import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, fmr
from twinlet.metrics.grid import EXACT, at_or_above, score_grid


def drawn(mated, non_mated, seed=0):
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(rng.beta(6, 3, mated), rng.beta(3, 6, non_mated))


def test_few_scores_are_all_edges():
    comparisons = Comparisons.from_scores([0.5, 0.75, 0.75], [0.25, 0.5])
    assert score_grid(comparisons).tolist() == [0.25, 0.5, 0.75]


def test_few_different_ones_of_many_scores_are_all_edges():
    scores = np.tile([0.25, 0.5, 0.75], 5000)
    assert score_grid(Comparisons.from_scores(scores, scores)).tolist() == [0.25, 0.5, 0.75]


def test_thresholds_become_edges_of_the_next_float32():
    comparisons = drawn(3000, 5000)
    thresholds = np.array([0.1 + 1e-12, 0.6543210987])
    edges = score_grid(comparisons, thresholds)
    assert set(at_or_above(thresholds)) <= set(edges)
    assert (at_or_above(thresholds) >= thresholds).all()
    assert (np.nextafter(at_or_above(thresholds), np.float32(0)) < thresholds).all()


def test_the_lowest_edge_is_the_lowest_score_whatever_the_thresholds():
    comparisons = drawn(3000, 5000)
    lowest = min(comparisons.mated[0], comparisons.non_mated[0])
    assert score_grid(comparisons, [-1.0, 0.0])[0] == lowest


def test_neighbouring_low_rates_differ_by_at_most_three_percent_and_one_comparison():
    comparisons = drawn(20_000, 200_000)
    edges = score_grid(comparisons, lowest_fmr=1e-4)
    assert len(edges) < EXACT
    matches = fmr(comparisons, edges) * 200_000
    low = matches[(matches >= 10) & (matches <= 1000)]
    assert len(low) > 60
    assert (-np.diff(low) <= 1.0 + 0.03 * low[:-1] + 1e-6).all()


def test_a_bin_of_many_scores_holds_half_a_percent_of_a_side():
    comparisons = drawn(20_000, 200_000)
    edges = score_grid(comparisons)
    for scores in (comparisons.mated, comparisons.non_mated):
        held = np.diff(np.searchsorted(scores, edges))
        assert held.max() <= 0.0051 * len(scores)


@pytest.mark.parametrize("threshold", [np.nan, np.inf])
def test_thresholds_that_are_no_numbers_are_refused(threshold):
    with pytest.raises(InvalidInputError, match="finite"):
        score_grid(drawn(10, 10), [threshold])
