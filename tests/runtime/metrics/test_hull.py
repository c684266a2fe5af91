import numpy as np
import pytest

from twinlet.metrics import Comparisons, eer
from twinlet.metrics.hull import eer_hull


def by_priors(mated, non_mated):
    """The largest error that a prior can force on the best threshold for it."""
    thresholds = [*np.unique(np.concatenate([mated, non_mated])), 2.0]
    fmr = np.array([np.mean(non_mated >= t) for t in thresholds])
    fnmr = np.array([np.mean(mated < t) for t in thresholds])
    priors = np.linspace(0.0, 1.0, 20_001)
    return max(float(np.min(p * fnmr + (1 - p) * fmr)) for p in priors)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("decimals", [1, 6])
def test_it_is_the_largest_error_a_prior_can_force(seed, decimals):
    rng = np.random.default_rng(seed)
    mated = np.round(rng.beta(4, 2, 23), decimals).astype(np.float32)
    non_mated = np.round(rng.beta(2, 4, 37), decimals).astype(np.float32)
    comparisons = Comparisons.from_scores(mated, non_mated)
    assert eer_hull(comparisons) == pytest.approx(by_priors(mated, non_mated), abs=2e-4)


def test_separate_scores_have_none_and_equal_ones_half():
    assert eer_hull(Comparisons.from_scores([0.8, 0.9], [0.1, 0.2])) == 0.0
    assert eer_hull(Comparisons.from_scores([0.5, 0.5], [0.5])) == 0.5
    # The wrong way round: the hull is the diagonal.
    assert eer_hull(Comparisons.from_scores([0.1, 0.2], [0.8, 0.9])) == 0.5


def test_with_many_scores_it_is_nearly_the_interpolated_rate():
    rng = np.random.default_rng(1)
    comparisons = Comparisons.from_scores(rng.beta(4, 2, 50_000), rng.beta(2, 4, 400_000))
    assert eer_hull(comparisons) == pytest.approx(eer(comparisons), abs=1e-3)
