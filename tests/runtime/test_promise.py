import json
import math

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import ClusterCounts, clustered_lower, clustered_upper, compare_all
from twinlet.metrics.clustered import lower_bound, upper_bound
from twinlet.promise import NOTHING, Verdict, check_promises, count_around, trials_needed


def counts_of(clusters, rate, *, each=1000):
    """Clusters that are all alike: false matches spread evenly, at 0.5 and at 0.8."""
    matches = np.full((clusters, 2), [each // 2, round(rate * each)])
    return ClusterCounts(
        "identity", np.array([0.5, 0.8]), matches, np.full(clusters, each, dtype=np.int64)
    )


def world(identities, images, *, seed, noise=0.5):
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.normal(size=(identities, 8)), images, axis=0)
    vectors = centres + noise * rng.normal(size=centres.shape)
    labels = np.repeat(np.arange(identities), images)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [(0.0, "inside"), (0.005, "inside"), (0.01, "not enough data"), (0.02, "violated")],
)
def test_a_promise_is_inside_violated_or_undecided(rate, verdict):
    # 100 clusters x 1000 / 2 = 50,000 comparisons: 1 percent is known to a twentieth of itself.
    (check,) = check_promises(counts_of(100, rate), {0.01: 0.8})
    assert check.verdict == verdict
    assert (check.fmr, check.comparisons, check.clusters) == (rate, 50_000, 100)
    assert check.fmr_lower <= rate < check.fmr_upper


def test_bounds_are_the_clustered_ones():
    counts = counts_of(40, 0.013)
    (check,) = check_promises(counts, {0.01: 0.8}, confidence=0.9)
    assert check.fmr_upper == clustered_upper(counts, 0.9)[1]
    assert check.fmr_lower == clustered_lower(counts, 0.9)[1]
    assert check.confidence == 0.9


def test_what_is_needed_would_decide():
    counts = counts_of(20, 0.009)
    (check,) = check_promises(counts, {0.01: 0.8})
    assert check.verdict is Verdict.UNDECIDED
    more = check.needed
    grown = 20 + more.clusters
    # So many identities with the effective number in proportion decide, by the bound itself.
    assert upper_bound(0.009, check.effective * grown / 20, 0.95) <= 0.01
    assert upper_bound(0.009, check.effective * 0.9 * grown / 20, 0.95) > 0.01
    assert more.comparisons == math.ceil(10_000 * (grown / 20) ** 2) - 10_000


def test_too_few_identities_decide_nothing_and_ask_for_ten():
    (check,) = check_promises(counts_of(9, 0.0), {0.01: 0.8})
    assert check.verdict is Verdict.UNDECIDED
    assert (check.fmr_lower, check.fmr_upper) == (0.0, 1.0)
    assert check.needed.clusters >= 1
    (check,) = check_promises(counts_of(9, 0.5), {0.01: 0.8})
    assert check.verdict is Verdict.UNDECIDED


def test_no_number_tells_a_rate_from_itself():
    assert trials_needed(0.01, 0.01) == math.inf
    (check,) = check_promises(counts_of(40, 0.01), {0.01: 0.8})
    assert check.needed == NOTHING


@pytest.mark.parametrize(("rate", "target"), [(0.0, 0.01), (0.008, 0.01), (0.013, 0.01)])
def test_trials_needed_is_the_least_number(rate, target):
    trials = trials_needed(rate, target)
    bound, told = (
        (upper_bound, lambda one: one <= target)
        if rate < target
        else (lower_bound, lambda one: one > target)
    )
    assert told(bound(rate, trials, 0.95))
    assert not told(bound(rate, trials / 1.02, 0.95))


def test_without_a_false_match_it_is_the_rule_of_three():
    assert trials_needed(0.0, 0.01) == pytest.approx(math.log(0.05) / math.log(0.99), rel=0.011)


def test_verdicts_on_templates():
    templates, labels = world(40, 6, seed=5)
    non_mated = compare_all(templates, labels).non_mated
    loose, strict = float(np.quantile(non_mated, 0.7)), float(np.quantile(non_mated, 0.995))
    thresholds = {0.1: loose, 0.2: strict}
    counts = count_around(
        templates, labels, thresholds.values(), non_mated=non_mated, unit="identity"
    )
    violated, inside = check_promises(counts, thresholds)
    assert violated.verdict is Verdict.VIOLATED  # 30 percent match where 10 were promised
    assert inside.verdict is Verdict.INSIDE
    assert violated.fmr == np.mean(non_mated >= loose)
    assert inside.fmr == np.mean(non_mated >= strict)
    for check in (violated, inside):
        assert json.loads(json.dumps(check.to_json(), allow_nan=False)) == check.to_json()


def test_a_share_of_worlds_with_a_kept_promise_is_called_violated_seldom():
    # The threshold is at the world's true 5 percent, known from a far larger world.
    big, names = world(300, 3, seed=0)
    threshold = float(np.quantile(compare_all(big, names).non_mated, 0.95))
    verdicts = []
    for seed in range(1, 51):
        templates, labels = world(25, 3, seed=seed)
        non_mated = compare_all(templates, labels).non_mated
        counts = count_around(templates, labels, [threshold], non_mated=non_mated, unit="identity")
        verdicts.append(check_promises(counts, {0.05: threshold})[0].verdict)
    # Each is wrong in at most one of twenty; 6 of 50 has a chance of 4 percent at that.
    assert verdicts.count(Verdict.VIOLATED) <= 6
    assert verdicts.count(Verdict.INSIDE) <= 6


@pytest.mark.parametrize(
    ("thresholds", "confidence", "message"),
    [
        ({0.0: 0.8}, 0.95, "strictly between 0 and 1, got 0"),
        ({1.0: 0.8}, 0.95, "strictly between 0 and 1, got 1"),
        ({0.1: 0.8}, 0.4, "the confidence must lie strictly between 0.5 and 1, got 0.4"),
    ],
)
def test_bad_arguments_are_refused(thresholds, confidence, message):
    with pytest.raises(InvalidInputError, match=message):
        check_promises(counts_of(20, 0.1), thresholds, confidence=confidence)


def test_one_identity_is_refused():
    templates, _ = world(3, 4, seed=1)
    with pytest.raises(InvalidInputError, match="at least two identities, got one"):
        count_around(templates, [0] * 12, [0.5], non_mated=np.array([0.5], "f4"), unit="identity")
