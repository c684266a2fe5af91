import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import ClusterCounts, count_by_cluster
from twinlet.metrics import clusters as module
from twinlet.scores import similarity

THRESHOLDS = (0.3, 0.5, 0.7)


def drawn(n=30, identities=6, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, np.array([f"person {i}" for i in rng.integers(0, identities, n)])


def counted_one_by_one(vectors, labels, thresholds, unit):
    keys = labels.tolist() if unit == "identity" else list(range(len(labels)))
    names = sorted(set(keys))
    matches = {name: [0] * len(thresholds) for name in names}
    comparisons = dict.fromkeys(names, 0)
    for i in range(len(labels)):
        for j in range(i):
            if labels[i] == labels[j]:
                continue
            score = np.float32(similarity(vectors[i], vectors[j]))
            for name in (keys[i], keys[j]):
                comparisons[name] += 1
                for k, threshold in enumerate(thresholds):
                    matches[name][k] += int(score >= threshold)
    return [matches[name] for name in names], [comparisons[name] for name in names]


@pytest.mark.parametrize("unit", ["identity", "image"])
@pytest.mark.parametrize("block", [1, 70, 1_000_000])
def test_counts_are_those_of_a_loop(monkeypatch, unit, block):
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", block)
    vectors, labels = drawn()
    counts = count_by_cluster(vectors, labels, THRESHOLDS, unit=unit)
    matches, comparisons = counted_one_by_one(vectors, labels, THRESHOLDS, unit)
    assert counts.matches.tolist() == matches
    assert counts.comparisons.tolist() == comparisons
    assert counts.total == sum(comparisons) // 2
    assert (2 * counts.total_matches).tolist() == np.sum(matches, axis=0).tolist()


def test_a_score_at_the_threshold_matches():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]])  # similarity one half, exactly
    above = np.nextafter(0.5, 1.0)
    counts = count_by_cluster(vectors, [0, 1], [0.5, above])
    assert counts.total_matches.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "person"}, "unknown unit 'person'"),
        ({"labels": [0, 0, 0]}, "at least two identities"),
        ({"labels": [0, 1]}, "labels must have shape"),
        ({"templates": np.zeros((3, 2))}, "length 1"),
        ({"thresholds": []}, "finite numbers"),
        ({"thresholds": [0.5, np.nan]}, "finite numbers"),
        ({"thresholds": [0.5, 0.5]}, "rise strictly"),
    ],
)
def test_bad_inputs_are_refused(change, words):
    given = {"templates": np.eye(3), "labels": [0, 1, 2], "thresholds": [0.5], **change}
    unit = given.pop("unit", "identity")
    with pytest.raises(InvalidInputError, match=words):
        count_by_cluster(*given.values(), unit=unit)


@pytest.mark.parametrize("matches", [[[1]], [[1, 2], [3, 4]], [[-1], [0]], [[5], [0]]])
def test_counts_that_cannot_be_are_refused(matches):
    with pytest.raises(InvalidInputError, match="matches"):
        ClusterCounts("image", np.array([0.5]), np.array(matches), np.array([4, 4]))
