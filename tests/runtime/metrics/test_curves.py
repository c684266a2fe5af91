import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, auc, fmr, fnmr, roc


def grid_scores(seed, m, n, steps=64):
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(
        rng.binomial(steps, 0.6, m) / steps, rng.binomial(steps, 0.5, n) / steps
    )


def fine_scores(seed, m, n):
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(rng.beta(8, 3, m), rng.beta(4, 4, n))


@pytest.mark.parametrize("seed", range(5))
def test_auc_counts_every_pair_of_scores(seed):
    scores = grid_scores(seed, 30, 50)
    wins = sum(
        1.0 if a > b else 0.5 if a == b else 0.0 for a in scores.mated for b in scores.non_mated
    )
    assert auc(scores) == wins / (30 * 50)


@pytest.mark.parametrize(
    ("mated", "non_mated", "expected"),
    [([0.9, 0.8], [0.1, 0.2], 1.0), ([0.1], [0.9], 0.0), ([0.5, 0.5], [0.5], 0.5)],
)
def test_auc_at_its_edges(mated, non_mated, expected):
    assert auc(Comparisons.from_scores(mated, non_mated)) == expected


@pytest.mark.parametrize("make", [grid_scores, fine_scores])
def test_auc_is_scikit_learns(make):
    metrics = pytest.importorskip("sklearn.metrics")
    scores = make(3, 2000, 5000)
    truth = np.repeat([1, 0], [2000, 5000])
    values = np.concatenate([scores.mated, scores.non_mated])
    assert auc(scores) == pytest.approx(metrics.roc_auc_score(truth, values), abs=1e-12)


def test_roc_by_hand():
    curve = roc(Comparisons.from_scores([0.75, 0.5], [0.5, 0.25]))
    np.testing.assert_allclose(curve.thresholds, [0.75 + 2**-24, 0.75, 0.5, 0.25], atol=1e-7)
    assert curve.fmr.tolist() == [0, 0, 0.5, 1]
    assert curve.tmr.tolist() == [0, 0.5, 1, 1]


def test_a_small_roc_has_every_step_of_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics")
    scores = grid_scores(1, 50, 140)
    curve = roc(scores)
    values = np.concatenate([scores.mated, scores.non_mated]).astype(float)
    expected = metrics.roc_curve(np.repeat([1, 0], [50, 140]), values, drop_intermediate=False)
    np.testing.assert_allclose(curve.fmr, expected[0], atol=1e-15)
    np.testing.assert_allclose(curve.tmr, expected[1], atol=1e-15)
    # scikit-learn's first threshold is infinite, which JSON cannot hold.
    np.testing.assert_array_equal(curve.thresholds[1:], expected[2][1:])


@pytest.mark.parametrize("points", [8, 20, 200])
@pytest.mark.parametrize("sizes", [(3, 60_000), (60_000, 3), (20_000, 90_000)])
def test_a_large_roc_is_compact_and_each_point_is_exact(points, sizes):
    scores = fine_scores(2, *sizes)
    curve = roc(scores, points=points)
    assert 4 <= len(curve.thresholds) <= points
    np.testing.assert_array_equal(curve.fmr, fmr(scores, curve.thresholds))
    np.testing.assert_array_equal(curve.tmr, 1 - fnmr(scores, curve.thresholds))
    assert (np.diff(curve.thresholds) < 0).all()
    assert (np.diff(curve.fmr) >= 0).all()
    assert (np.diff(curve.tmr) >= 0).all()
    assert (curve.fmr[0], curve.tmr[0], curve.fmr[-1], curve.tmr[-1]) == (0, 0, 1, 1)
    assert np.isfinite(curve.thresholds).all()


def test_a_large_roc_keeps_the_low_rates_and_the_area():
    scores = fine_scores(4, 50_000, 400_000)
    curve = roc(scores)
    for low, high in ((1e-5, 1e-4), (1e-4, 1e-3), (1e-3, 1e-2), (1e-2, 1e-1)):
        assert ((curve.fmr >= low) & (curve.fmr < high)).sum() >= 5
        assert ((1 - curve.tmr >= low) & (1 - curve.tmr < high)).sum() >= 5
    area = (np.diff(curve.fmr) * (curve.tmr[1:] + curve.tmr[:-1]) / 2).sum()
    assert area == pytest.approx(auc(scores), abs=1e-3)


def test_scores_that_are_all_equal_give_the_two_ends():
    curve = roc(Comparisons.from_scores([0.5] * 300, [0.5] * 300))
    assert curve.fmr.tolist() == curve.tmr.tolist() == [0, 1]


def test_too_few_points_are_refused():
    with pytest.raises(InvalidInputError, match="a ROC needs at least 8 points, got 7"):
        roc(grid_scores(0, 5, 5), points=7)
