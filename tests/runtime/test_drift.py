import json

import numpy as np
import pytest

from twinlet.drift import (
    NO_REFERENCE,
    Change,
    drift,
    drift_from_shipped,
    shipped_clusters,
    shipped_histogram,
)
from twinlet.errors import InvalidInputError
from twinlet.evaluation import evaluate
from twinlet.metrics import ClusterCounts, compare_all
from twinlet.promise import count_around


def alike(clusters, each=1000):
    """Clusters without differences: comparisons as good as half as many independent ones."""
    matches = np.full((clusters, 1), each // 2)
    return ClusterCounts("identity", np.array([0.5]), matches, np.full(clusters, each))


def binned(scores):
    return np.histogram(scores, bins=100, range=(0.0, 1.0))[0]


def world(identities, *, seed, noise=0.5, common=0.0):
    rng = np.random.default_rng(seed)
    centres = np.repeat(rng.normal(size=(identities, 8)) + common, 4, axis=0)
    vectors = centres + noise * rng.normal(size=centres.shape)
    labels = np.repeat(np.arange(identities), 4)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def drift_of(shipped, here):
    counted = []
    for templates, labels in (shipped, here):
        found = evaluate(templates, labels, {}, unit="identity", resamples=20)
        counted.append(found.histogram.non_mated)
    templates, labels = here
    counts = count_around(
        templates, labels, [], non_mated=compare_all(templates, labels).non_mated, unit="identity"
    )
    return drift(*counted, counts, clusters=len(np.unique(shipped[1])))


def test_the_distance_is_kolmogorovs_and_smirnovs():
    ks_2samp = pytest.importorskip("scipy.stats").ks_2samp
    rng = np.random.default_rng(0)
    # Scores on the middles of bins, so that nothing lies between edges.
    then, now = (np.floor(rng.beta(a, 5, 5000) * 100) / 100 + 0.005 for a in (5, 6))
    found = drift(binned(then), binned(now), alike(100), clusters=100)
    assert found.distance == pytest.approx(ks_2samp(then, now).statistic)
    assert found.change is Change.HIGHER


def test_chance_is_that_of_the_effective_numbers():
    counts = np.full(100, 1000)
    found = drift(counts, counts, alike(100), clusters=50)
    # Half as many clusters in the bundle are taken for half the effective number.
    expected = 1.3581 * np.sqrt(1 / found.effective + 1 / (found.effective / 2))
    assert found.by_chance == pytest.approx(expected, rel=1e-4)
    assert (found.distance, found.change) == (0.0, Change.NONE)


def test_quantiles_by_hand():
    then, now = np.zeros(100), np.zeros(100)
    then[40], now[42] = 1000, 1000
    found = drift(then, now, alike(100), clusters=100)
    assert [shift.level for shift in found.shifts] == [0.5, 0.9, 0.99]  # one lies beyond 0.999
    assert [shift.shipped for shift in found.shifts] == pytest.approx([0.405, 0.409, 0.4099])
    assert [shift.here - shift.shipped for shift in found.shifts] == pytest.approx([0.02] * 3)


def test_the_same_world_has_not_drifted_and_a_narrower_one_has():
    shipped = world(60, seed=1)
    same = drift_of(shipped, world(60, seed=2))
    assert same.change is Change.NONE
    narrower = drift_of(shipped, world(60, seed=2, common=1.0))
    assert narrower.change is Change.HIGHER
    assert all(shift.here > shift.shipped for shift in narrower.shifts)
    wider = drift_of(world(60, seed=2, common=1.0), shipped)
    assert wider.change is Change.LOWER


def test_worlds_of_one_kind_are_seldom_called_drifted():
    shipped = world(40, seed=0)
    found = [drift_of(shipped, world(40, seed=seed)).change for seed in range(1, 61)]
    assert sum(change is not Change.NONE for change in found) <= 6


def test_few_identities_do_not_tell():
    found = drift_of(world(60, seed=1), world(5, seed=2, common=1.0))
    assert (found.change, found.by_chance, found.effective) == (Change.UNKNOWN, 1.0, 0.0)
    assert "not enough data to tell from chance" in found.in_words()


def test_words_and_json():
    found = drift_of(world(60, seed=1), world(60, seed=2, common=1.0))
    assert "higher than in the bundle's own test" in found.in_words()
    payload = found.to_json()
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert payload["quantiles"]["0.5"]["shift"] > 0.0


def test_a_bundle_without_a_histogram_gives_no_reference():
    found = evaluate(*world(12, seed=3), {}, unit="identity", resamples=20)
    here = found.histogram.non_mated
    assert drift_from_shipped({}, {}, here, alike(20)) is NO_REFERENCE
    assert "the bundle holds no histogram" in NO_REFERENCE.in_words()
    own = drift_from_shipped(found.curves_json(), found.to_json(), here, alike(20))
    assert (own.distance, own.change) == (0.0, Change.NONE)


def test_a_bundle_says_what_it_was_tested_with():
    found = evaluate(*world(12, seed=3), {}, unit="identity", resamples=20)
    histogram = shipped_histogram(found.curves_json())
    assert histogram.tolist() == found.histogram.non_mated.tolist()
    assert shipped_clusters(found.to_json(), "identity") == 12
    assert shipped_clusters(found.to_json(), "image") == 48


@pytest.mark.parametrize(
    "curves",
    [
        {},
        {"histogram": None},
        {"histogram": {"non_mated": [1, 2]}},
        {"histogram": {"edges": [0, 0.5, 1], "non_mated": "many"}},
        {"histogram": {"edges": [0, 0.5, 1], "non_mated": [0, 0]}},
        {"histogram": {"edges": [0, 0.5, 1], "non_mated": [3, -1]}},
        {"histogram": {"edges": [0, 0.9, 1], "non_mated": [3, 1]}},
    ],
)
def test_a_bundle_may_hold_no_usable_histogram(curves):
    assert not len(shipped_histogram(curves))


@pytest.mark.parametrize("evaluation", [{}, {"identities": 3, "mated": "x", "non_mated": 3}])
def test_a_bundle_may_not_say_how_many(evaluation):
    assert shipped_clusters(evaluation, "identity") == 0


@pytest.mark.parametrize(("then", "now"), [([1, 2], [1, 2, 3]), ([0, 0], [1, 2]), ([[1]], [[1]])])
def test_histograms_that_cannot_be_compared_are_refused(then, now):
    with pytest.raises(InvalidInputError, match="two histograms of as many bins"):
        drift(then, now, alike(20), clusters=20)
