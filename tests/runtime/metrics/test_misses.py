from itertools import combinations

import numpy as np
import pytest

from twinlet.encodings import Pairing
from twinlet.errors import InvalidInputError
from twinlet.metrics import blocks, compare_encoded, fnmr, mated_dyads
from twinlet.metrics.encoded import encode
from twinlet.scores import similarity

THRESHOLDS = (0.4, 0.6, 0.75)


def drawn(n=30, identities=6, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, identities, n)
    vectors = rng.normal(size=(identities, 5))[labels] + rng.normal(size=(n, 5))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def variance_by_loop(vectors, labels, threshold, unit):
    """Sum of residual times residual over all pairs of comparisons that share a cluster."""
    pairs = [(i, j) for i, j in combinations(range(len(labels)), 2) if labels[i] == labels[j]]
    missed = [np.float32(similarity(vectors[i], vectors[j])) < threshold for i, j in pairs]
    rate = np.mean(missed)
    clusters = [{labels[i]} if unit == "identity" else {i, j} for i, j in pairs]
    return sum(
        (missed[p] - rate) * (missed[q] - rate)
        for p in range(len(pairs))
        for q in range(len(pairs))
        if clusters[p] & clusters[q]
    )


@pytest.mark.parametrize("unit", ["identity", "image"])
@pytest.mark.parametrize("block", [1, 40, 1_000_000])
def test_sums_are_those_of_a_loop_over_dependent_comparisons(monkeypatch, unit, block):
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", block)
    vectors, labels = drawn()
    found = mated_dyads(vectors, labels, THRESHOLDS, unit=unit)
    residuals = found.by_cluster.of_residuals(found.rates)
    if unit == "image":
        residuals = residuals - found.by_pair.of_residuals(found.rates)
    else:
        assert found.by_pair is None
    expected = [variance_by_loop(vectors, labels, threshold, unit) for threshold in THRESHOLDS]
    assert residuals.tolist() == pytest.approx(expected)
    sizes = np.unique(labels, return_counts=True)[1]
    mates = sizes[sizes > 1]
    assert found.clusters == (len(mates) if unit == "identity" else mates.sum())


@pytest.mark.parametrize("pairing", list(Pairing))
def test_rates_are_those_of_the_comparisons_in_every_encoding(pairing):
    vectors, labels = drawn()
    probes, enrolled = encode(vectors, pairing)
    found = mated_dyads(probes, labels, THRESHOLDS, unit="image", enrolled=enrolled)
    comparisons = compare_encoded(vectors, labels, pairing)
    assert found.total == len(comparisons.mated)
    np.testing.assert_array_equal(found.rates, fnmr(comparisons, THRESHOLDS))


def test_a_similarity_at_the_threshold_is_no_miss():
    # Orthogonal vectors have similarity 1/2 exactly.
    found = mated_dyads(np.eye(2), [0, 0], (0.5, np.nextafter(0.5, 1.0)), unit="image")
    assert found.errors.tolist() == [0, 1]


def test_identities_of_one_image_are_no_clusters():
    vectors, _ = drawn(5)
    assert mated_dyads(vectors, [0, 0, 1, 2, 2], THRESHOLDS, unit="identity").clusters == 2
    assert mated_dyads(vectors, [0, 0, 1, 2, 2], THRESHOLDS, unit="image").clusters == 4


@pytest.mark.parametrize(
    ("labels", "thresholds", "unit", "message"),
    [
        ([0, 1, 2], (0.5,), "image", "no mated pairs"),
        ([0, 0], (0.5,), "image", "labels must have shape"),
        ([0, 0, 1], (0.5, 0.5), "image", "rise strictly"),
        ([0, 0, 1], (np.nan,), "image", "finite numbers"),
        ([0, 0, 1], (0.5,), "person", "unknown unit 'person'"),
    ],
)
def test_bad_input_is_refused(labels, thresholds, unit, message):
    with pytest.raises(InvalidInputError, match=message):
        mated_dyads(np.eye(3), labels, thresholds, unit=unit)
