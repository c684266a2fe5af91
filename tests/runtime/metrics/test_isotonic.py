"""Pooling adjacent violators, beside scikit-learn and by hand."""

import numpy as np
import pytest

from twinlet.metrics import Comparisons, pool_adjacent_violators
from twinlet.metrics.isotonic import rising

isotonic = pytest.importorskip("sklearn.isotonic")


def fitted(mated, non_mated):
    """Scikit-learn's share of mated comparisons at every score."""
    # In float64: scikit-learn would compute in the float32 of the scores.
    scores = np.concatenate([mated, non_mated]).astype(np.float64)
    targets = np.concatenate([np.ones(len(mated)), np.zeros(len(non_mated))])
    model = isotonic.IsotonicRegression(out_of_bounds="clip").fit(scores, targets)
    return scores, model.predict(scores)


def shares_at(blocks, scores):
    place = np.searchsorted(blocks.starts, scores, side="right") - 1
    return (blocks.mated / (blocks.mated + blocks.non_mated))[place]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("decimals", [1, 2, 6])
def test_blocks_are_those_of_isotonic_regression(seed, decimals):
    rng = np.random.default_rng(seed)
    mated = np.round(rng.beta(4, 2, 230), decimals).astype(np.float32)
    non_mated = np.round(rng.beta(2, 4, 370), decimals).astype(np.float32)
    blocks = pool_adjacent_violators(Comparisons.from_scores(mated, non_mated))
    assert (blocks.mated.sum(), blocks.non_mated.sum()) == (230, 370)
    assert (np.diff(blocks.starts) > 0).all()
    assert (np.diff(blocks.log_ratios) > 0).all()
    scores, expected = fitted(mated, non_mated)
    assert shares_at(blocks, scores) == pytest.approx(expected, abs=1e-9)


def test_by_hand():
    # In order: non, mated, non, mated, mated. The second and third fall, so they are pooled.
    comparisons = Comparisons.from_scores([0.25, 0.75, 1.0], [0.125, 0.5])
    blocks = pool_adjacent_violators(comparisons)
    assert blocks.starts.tolist() == [0.125, 0.25, 0.75]
    assert blocks.mated.tolist() == [0, 1, 2]
    assert blocks.non_mated.tolist() == [1, 1, 0]
    assert blocks.log_ratios.tolist() == [-np.inf, pytest.approx(np.log(2 / 3)), np.inf]


@pytest.mark.parametrize(
    ("mated", "non_mated", "counts"),
    [
        ([0.5, 0.5], [0.5], [(2, 1)]),  # all equal
        ([0.1, 0.2], [0.8, 0.9], [(2, 2)]),  # the wrong way round
        ([0.8, 0.9], [0.1, 0.2], [(0, 2), (2, 0)]),  # apart
        ([0.1, 0.9], [0.1, 0.2], [(1, 2), (1, 0)]),  # the lowest score is of both
    ],
)
def test_the_corners_of_the_world(mated, non_mated, counts):
    blocks = pool_adjacent_violators(Comparisons.from_scores(mated, non_mated))
    assert list(zip(blocks.mated, blocks.non_mated, strict=True)) == counts


def test_millions_of_scores_take_no_minutes():
    rng = np.random.default_rng(0)
    comparisons = Comparisons.from_scores(rng.beta(4, 2, 300_000), rng.beta(2, 4, 2_000_000))
    blocks = pool_adjacent_violators(comparisons)
    assert blocks.mated.sum() == 300_000
    assert 50 < len(blocks.starts) < 5_000


@pytest.mark.parametrize("seed", range(6))
def test_a_few_values_are_pooled_as_scikit_learn_does(seed):
    rng = np.random.default_rng(seed)
    values, weights = np.round(rng.normal(np.arange(30) / 10), 1), rng.uniform(0.1, 3.0, 30)
    expected = isotonic.IsotonicRegression().fit_transform(
        np.arange(30), values, sample_weight=weights
    )
    assert rising(values, weights) == pytest.approx(expected, abs=1e-12)


def test_what_rises_stays():
    assert rising([0.1, 0.2, 0.2, 0.9], [1, 2, 3, 4]) == pytest.approx([0.1, 0.2, 0.2, 0.9])
