from statistics import NormalDist

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    ClusterCounts,
    clopper_pearson,
    clopper_pearson_upper,
    clustered_lower,
    clustered_upper,
    design_effects,
    effective_comparisons,
)
from twinlet.metrics.clustered import REACH, lower_bound, upper_bound

THRESHOLDS = np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0])


def world(identities, images, *, effect, seed):
    """Similarities of all non-mated pairs, with an effect of each identity; normal in all."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), images)
    effects = rng.normal(size=identities)[labels] * effect**0.5
    first, second = np.triu_indices(len(labels), 1)
    apart = labels[first] != labels[second]
    first, second = first[apart], second[apart]
    noise = rng.normal(size=len(first)) * (1.0 - 2.0 * effect) ** 0.5
    return labels[first], labels[second], effects[first] + effects[second] + noise


def counts_of(first, second, scores, clusters, thresholds=THRESHOLDS):
    matches = np.zeros((clusters, len(thresholds)), dtype=np.int64)
    for side in (first, second):
        for point, threshold in enumerate(thresholds):
            matches[:, point] += np.bincount(side[scores >= threshold], minlength=clusters)
    comparisons = np.bincount(first, minlength=clusters) + np.bincount(second, minlength=clusters)
    return ClusterCounts("identity", thresholds, matches, comparisons)


def test_the_variance_is_the_jackknifes():
    first, second, scores = world(12, 4, effect=0.1, seed=3)
    counts = counts_of(first, second, scores, 12, THRESHOLDS[:1])
    matches = scores >= THRESHOLDS[0]
    rate, total = matches.mean(), len(scores)
    excess = [(matches[(first == a) | (second == a)] - rate).sum() for a in range(12)]
    variance = 12 / 11 * sum(one**2 for one in excess) / total**2
    assert design_effects(counts)[0] == pytest.approx(variance * total / (rate * (1 - rate)))


def test_independent_comparisons_cost_at_most_the_factor_two_of_the_jackknife():
    effects = [
        design_effects(counts_of(*world(60, 4, effect=0.0, seed=seed), 60, THRESHOLDS[2:3]))[0]
        for seed in range(20)
    ]
    assert 1.6 < np.mean(effects) < 2.4


def test_a_rate_takes_the_largest_effect_of_rates_up_to_ten_times_it():
    first, second, scores = world(20, 6, effect=0.2, seed=1)
    counts = counts_of(first, second, scores, 20)
    alone = [
        design_effects(counts_of(first, second, scores, 20, THRESHOLDS[[point]]))[0]
        for point in range(len(THRESHOLDS))
    ]
    rates = counts.total_matches / counts.total
    for point, effect in enumerate(design_effects(counts)):
        reached = [
            alone[other]
            for other in range(point + 1)
            if rates[other] <= REACH * rates[point] and not np.isnan(alone[other])
        ]
        assert effect == pytest.approx(max(reached))


def test_where_nothing_matches_the_last_known_effect_counts():
    first, second, scores = world(20, 6, effect=0.1, seed=1)
    counts = counts_of(first, second, scores, 20, np.array([1.5, 90.0]))
    effects = design_effects(counts)
    assert effects[1] == effects[0] > 1.0
    assert clustered_upper(counts)[1] == pytest.approx(
        1.0 - 0.05 ** (1.0 / effective_comparisons(counts)[1])
    )


def test_without_false_matches_nothing_can_be_said():
    first, second, scores = world(20, 6, effect=0.1, seed=1)
    assert clustered_upper(counts_of(first, second, scores, 20, np.array([90.0]))).tolist() == [1]


def test_nine_identities_can_show_nothing():
    first, second, scores = world(9, 8, effect=0.0, seed=1)
    assert set(clustered_upper(counts_of(first, second, scores, 9))) == {1.0}


def test_bounds_never_rise_and_lie_above_the_rates():
    first, second, scores = world(15, 5, effect=0.2, seed=5)
    counts = counts_of(first, second, scores, 15)
    bounds = clustered_upper(counts)
    assert (np.diff(bounds) <= 0).all()
    assert (bounds > counts.total_matches / counts.total).all()


@pytest.mark.parametrize(("errors", "trials"), [(0, 40), (3, 100), (99, 100)])
def test_for_whole_numbers_the_bound_is_clopper_pearsons(errors, trials):
    expected = clopper_pearson_upper(errors, trials)
    assert upper_bound(errors / trials, trials, 0.95) == pytest.approx(expected)


@pytest.mark.parametrize(("identities", "images", "effect"), [(10, 6, 0.05), (30, 3, 0.15)])
def test_the_bound_covers_where_the_naive_one_does_not(identities, images, effect):
    # The true rate at a threshold is known: all effects together are one standard normal.
    threshold = 1.5
    true = 1.0 - NormalDist().cdf(threshold)
    clustered, naive = [], []
    for seed in range(300):
        scores = world(identities, images, effect=effect, seed=seed)
        counts = counts_of(*scores, identities)
        point = THRESHOLDS.tolist().index(threshold)
        clustered.append(clustered_upper(counts)[point] >= true)
        matches = int(counts.total_matches[point])
        naive.append(clopper_pearson_upper(matches, counts.total) >= true)
    assert np.mean(clustered) >= 0.94
    assert np.mean(naive) < 0.85


@pytest.mark.parametrize("confidence", [0.5, 1.0, float("nan"), -1.0])
def test_confidences_outside_their_range_are_refused(confidence):
    first, second, scores = world(6, 3, effect=0.0, seed=0)
    with pytest.raises(InvalidInputError, match="confidence"):
        clustered_upper(counts_of(first, second, scores, 6), confidence)


def test_one_cluster_has_no_variance():
    counts = ClusterCounts("image", np.array([0.5]), np.array([[0]]), np.array([4]))
    with pytest.raises(InvalidInputError, match="at least two"):
        design_effects(counts)


def test_the_lower_bound_is_clopper_and_pearsons_on_the_effective_number():
    counts = counts_of(*world(30, 4, effect=0.1, seed=2), 30)
    rates, numbers = counts.total_matches / counts.total, effective_comparisons(counts, 0.9)
    alone = [lower_bound(rate, number, 0.9) for rate, number in zip(rates, numbers, strict=True)]
    expected = [min(alone[: point + 1]) for point in range(len(alone))]
    assert clustered_lower(counts, 0.9).tolist() == pytest.approx(expected)
    assert lower_bound(3 / 50, 50, 0.95) == pytest.approx(clopper_pearson(3, 50, 0.9)[0])
    assert lower_bound(0.0, 50, 0.95) == 0.0


def test_the_bounds_enclose_the_rate_and_never_rise():
    for seed in range(5):
        counts = counts_of(*world(15, 3, effect=0.2, seed=seed), 15, np.linspace(-9, 4, 40))
        rates = counts.total_matches / counts.total
        lower, upper = clustered_lower(counts), clustered_upper(counts)
        assert (lower <= rates).all()
        assert (upper >= rates).all()
        assert (np.diff(lower) <= 0.0).all()


def test_of_few_clusters_there_is_no_lower_bound():
    assert clustered_lower(counts_of(*world(9, 4, effect=0.1, seed=1), 9)).tolist() == [0.0] * 6
