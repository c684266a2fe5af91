from itertools import combinations

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import blocks, compare_all, fmr, non_mated_dyads
from twinlet.scores import similarity

THRESHOLDS = (0.4, 0.6, 0.75)


def drawn(n=18, identities=5, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, identities, n)
    vectors = rng.normal(size=(n, 5))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def by_loop(vectors, labels, threshold, unit, groups):
    """Sums of residual times residual: over comparisons that share a cluster, that share both."""
    pairs = [
        (i, j)
        for i, j in combinations(range(len(labels)), 2)
        if labels[i] != labels[j] and (groups is None or groups[i] != groups[j])
    ]
    matched = [np.float32(similarity(vectors[i], vectors[j])) >= threshold for i, j in pairs]
    rate = np.mean(matched)
    clusters = [{labels[i], labels[j]} if unit == "identity" else {i, j} for i, j in pairs]
    one = both = 0.0
    for p in range(len(pairs)):
        for q in range(len(pairs)):
            product = (matched[p] - rate) * (matched[q] - rate)
            one += product * bool(clusters[p] & clusters[q])
            both += product * (clusters[p] == clusters[q])
    return one, both


@pytest.mark.parametrize("unit", ["identity", "image"])
@pytest.mark.parametrize("block", [1, 40, 1_000_000])
@pytest.mark.parametrize("grouped", [False, True])
def test_sums_are_those_of_a_loop_over_dependent_comparisons(monkeypatch, unit, block, grouped):
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", block)
    vectors, labels = drawn()
    groups = np.arange(len(labels)) % 3 if grouped else None
    found = non_mated_dyads(vectors, labels, THRESHOLDS, unit=unit, across=groups)
    own = found.by_cluster.of_residuals(found.rates)
    pairs = found.by_pair.of_residuals(found.rates)
    for point, threshold in enumerate(THRESHOLDS):
        one, both = by_loop(vectors, labels, threshold, unit, groups)
        assert own[point] - pairs[point] == pytest.approx(one)
        assert pairs[point] == pytest.approx(both)


@pytest.mark.parametrize("unit", ["identity", "image"])
def test_rates_are_those_of_the_comparisons(unit):
    vectors, labels = drawn(60, 8)
    found = non_mated_dyads(vectors, labels, THRESHOLDS, unit=unit)
    comparisons = compare_all(vectors, labels)
    assert found.total == len(comparisons.non_mated)
    np.testing.assert_array_equal(found.rates, fmr(comparisons, THRESHOLDS))


def test_a_similarity_at_the_threshold_matches():
    found = non_mated_dyads(np.eye(2), [0, 1], (0.5, np.nextafter(0.5, 1.0)), unit="image")
    assert found.errors.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("labels", "across", "message"),
    [
        ([0, 0, 0], None, "at least two identities, got none"),
        ([0, 0, 1], [0, 0, 0], "at least two identities in two groups, got none"),
        ([0, 0, 1], [0, 0], "labels must have shape"),
    ],
)
def test_bad_input_is_refused(labels, across, message):
    with pytest.raises(InvalidInputError, match=message):
        non_mated_dyads(np.eye(3), labels, (0.5,), unit="image", across=across)
