import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, auc, compare_all, draw_resamples, eer, fnmr_at_fmr
from twinlet.metrics import fmr as fmr_of
from twinlet.metrics import fnmr as fnmr_of
from twinlet.metrics.grid import score_grid
from twinlet.metrics.resampled import ResampledCounts, count_resampled
from twinlet.metrics.resampled_rates import (
    auc_resampled,
    eer_resampled,
    fnmr_at_fmr_resampled,
    rates_resampled,
)


def weighted(ties, seed=0):
    """Counts of 15 resamples of 40 scores each side, and each written out as comparisons."""
    rng = np.random.default_rng(seed)
    mated, other = rng.beta(5, 3, 40), rng.beta(3, 5, 40)
    if ties:
        mated, other = np.round(mated, 1), np.round(other, 1)
    base = Comparisons.from_scores(mated, other)
    edges = score_grid(base, [0.33, 0.5])
    weights = rng.integers(0, 4, (2, 15, 40))
    binned = np.zeros((2, 15, len(edges)))
    written = []
    for r in range(15):
        sides = []
        for side, scores in enumerate((base.mated, base.non_mated)):
            places = np.searchsorted(edges, scores, side="right") - 1
            np.add.at(binned[side, r], places, weights[side, r])
            sides.append(np.repeat(scores, weights[side, r]))
        written.append(Comparisons.from_scores(*sides))
    return ResampledCounts(edges, binned[0], binned[1]), written


@pytest.mark.parametrize("ties", [False, True])
def test_figures_are_those_of_the_comparisons_written_out(ties):
    counts, written = weighted(ties)
    assert auc_resampled(counts) == pytest.approx([auc(one) for one in written])
    assert eer_resampled(counts) == pytest.approx([eer(one) for one in written])
    for target in (0.05, 0.2, 0.4):
        expected = [fnmr_at_fmr(one, target) for one in written]
        assert fnmr_at_fmr_resampled(counts, target) == pytest.approx(expected)
    fmr, fnmr = rates_resampled(counts, [0.33, 0.5])
    assert fmr == pytest.approx(np.array([fmr_of(one, [0.33, 0.5]) for one in written]))
    assert fnmr == pytest.approx(np.array([fnmr_of(one, [0.33, 0.5]) for one in written]))


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_scikit_learns_with_integer_weights(ties):
    metrics = pytest.importorskip("sklearn.metrics")
    counts, _ = weighted(ties, seed=4)
    mated = np.repeat([True, False], len(counts.edges))
    for area, *binned in zip(auc_resampled(counts), counts.mated, counts.non_mated, strict=True):
        expected = metrics.roc_auc_score(
            mated, np.tile(counts.edges, 2), sample_weight=np.concatenate(binned)
        )
        assert area == pytest.approx(expected)


def test_on_a_grid_figures_are_near_the_exact_ones():
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(60), 10)
    vectors = rng.normal(size=(60, 8))[labels] + 0.8 * rng.normal(size=(600, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    comparisons = compare_all(vectors, labels)
    edges = score_grid(comparisons, lowest_fmr=1e-3)
    resamples = draw_resamples(labels, unit="identity", resamples=20)
    counts = count_resampled(vectors, labels, resamples, edges)
    assert auc_resampled(counts)[0] == pytest.approx(auc(comparisons), abs=2e-4)
    assert eer_resampled(counts)[0] == pytest.approx(eer(comparisons), abs=1e-3)
    for target in (0.1, 0.01, 0.001):
        # The FNMR between this rate and three percent below it.
        low, high = (fnmr_at_fmr(comparisons, share * target) for share in (1.0, 0.96))
        assert low <= fnmr_at_fmr_resampled(counts, target)[0] <= high


def test_a_resample_without_mated_comparisons_is_no_number():
    edges = np.array([0.2, 0.6], dtype=np.float32)
    counts = ResampledCounts(edges, np.array([[0.0, 0.0]]), np.array([[3.0, 1.0]]))
    for found in (
        auc_resampled(counts),
        eer_resampled(counts),
        fnmr_at_fmr_resampled(counts, 0.1),
        rates_resampled(counts, [0.5])[1],
    ):
        assert np.isnan(found).all()
    assert rates_resampled(counts, [0.5])[0].tolist() == [[0.25]]


@pytest.mark.parametrize("target", [0.0, 1.0, float("nan")])
def test_targets_outside_their_range_are_refused(target):
    with pytest.raises(InvalidInputError, match="target FMR"):
        fnmr_at_fmr_resampled(weighted(False)[0], target)
