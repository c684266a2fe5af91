from statistics import NormalDist

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Dyads, dyadic_effects, dyadic_variance, dyadic_wilson, wilson
from twinlet.metrics.dyads import Sums, sums_over


def round_robin(identities, *, effect, seed, threshold):
    """One comparison of each two identities; each identity has an effect. Dyads of matches."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=identities) * effect**0.5
    first, second = np.triu_indices(identities, 1)
    scores = own[first] + own[second] + rng.normal(size=len(first)) * (1 - 2 * effect) ** 0.5
    return dyads_of(first, second, scores >= threshold, identities)


def dyads_of(first, second, errors, clusters):
    held = sum(np.bincount(side, weights=errors, minlength=clusters) for side in (first, second))
    sizes = np.bincount(first, minlength=clusters) + np.bincount(second, minlength=clusters)
    count, total = np.array([float(errors.sum())]), len(first)
    return Dyads(
        unit="identity",
        thresholds=np.array([0.5]),
        errors=count,
        total=total,
        clusters=clusters,
        by_cluster=sums_over(held[:, None], sizes.astype(float)),
        by_pair=Sums(count, count, float(total)),
    )


def independent(errors, clusters, each):
    """Mated comparisons of clusters of their own, errors spread over them as evenly as can be."""
    held = np.bincount(np.arange(errors) % clusters, minlength=clusters).astype(float)
    return Dyads(
        unit="identity",
        thresholds=np.array([0.5]),
        errors=np.array([float(errors)]),
        total=clusters * each,
        clusters=clusters,
        by_cluster=sums_over(held[:, None], np.full(clusters, float(each))),
        by_pair=None,
    )


@pytest.mark.parametrize("effect", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("identities", [10, 25])
def test_the_variance_is_that_of_many_worlds_on_average(identities, effect):
    # Larger on average by what the floor adds, never smaller.
    found = [
        round_robin(identities, effect=effect, seed=seed, threshold=0.5) for seed in range(600)
    ]
    true = np.var([one.rates[0] for one in found])
    estimated = np.mean([dyadic_variance(one)[0] for one in found])
    assert 0.9 < estimated / true < 1.35


@pytest.mark.parametrize("effect", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("identities", [10, 25])
def test_the_interval_holds_the_true_rate_about_as_often_as_it_says(identities, effect):
    threshold = 0.5
    true = 1.0 - NormalDist().cdf(threshold)
    held, naive = [], []
    for seed in range(250):
        one = round_robin(identities, effect=effect, seed=seed, threshold=threshold)
        low, high = dyadic_wilson(one)[0]
        held.append(low <= true <= high)
        low, high = wilson(round(one.errors[0]), one.total)
        naive.append(low <= true <= high)
    # Binomial with 0.95 and 250 worlds: fewer than 226 happens once in 1,000.
    assert np.mean(held) >= 0.904
    if effect == 0.3:
        assert np.mean(naive) < 0.75


def test_errors_as_even_as_they_can_be_are_independent_ones():
    found = independent(40, 200, 5)
    assert dyadic_effects(found).tolist() == [1.0]
    # But for Student's quantile, which is wider than the normal one even at 199 degrees.
    low, high = dyadic_wilson(found)[0]
    expected = wilson(40, 1000)
    assert low == pytest.approx(expected[0], abs=5e-4)
    assert high == pytest.approx(expected[1], abs=5e-4)
    assert low < expected[0] < expected[1] < high


def test_comparisons_that_err_together_count_as_one():
    # 20 of 50 identities, whose ten comparisons are all wrong.
    held = np.repeat([10.0, 0.0], [20, 30])
    found = Dyads(
        "identity",
        np.array([0.5]),
        np.array([200.0]),
        500,
        50,
        sums_over(held[:, None], np.full(50, 10.0)),
        None,
    )
    assert dyadic_effects(found)[0] == pytest.approx(10.0 * 50 / 49)


def test_without_errors_clusters_are_the_trials():
    low, high = dyadic_wilson(independent(0, 30, 10))[0]
    assert low == 0.0
    assert wilson(0, 30)[1] < high < wilson(0, 25)[1]


def test_few_errors_take_the_effect_of_thresholds_with_more():
    held = np.zeros((30, 2))
    held[:6, 0] = 5.0  # 30 errors in six identities
    held[0, 1] = 4.0  # 4 errors
    found = Dyads(
        "identity",
        np.array([0.4, 0.5]),
        held.sum(axis=0),
        300,
        30,
        sums_over(held, np.full(30, 10.0)),
        None,
    )
    effects = dyadic_effects(found)
    assert effects[1] == effects[0] > 4.0


def test_nine_clusters_say_nothing():
    assert dyadic_wilson(independent(20, 9, 10)).tolist() == [[0.0, 1.0]]


def test_three_clusters_have_no_variance():
    with pytest.raises(InvalidInputError, match="at least four of them, got 3"):
        dyadic_variance(independent(5, 3, 10))


@pytest.mark.parametrize("confidence", [0.0, 1.0, float("nan")])
def test_confidences_outside_their_range_are_refused(confidence):
    with pytest.raises(InvalidInputError, match="confidence"):
        dyadic_wilson(independent(20, 30, 10), confidence)
