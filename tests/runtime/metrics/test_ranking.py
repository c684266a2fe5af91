import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import hits_at_k, ranking, recall_at_k

E = np.eye(4)


def unit(rng, n, d=4):
    vectors = rng.normal(size=(n, d))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def loop(templates, labels, k):
    """For each image with a mate, sort all others by likeness and look at the first k."""
    hits, queries = 0, 0
    for i, label in enumerate(labels):
        others = [j for j in range(len(labels)) if j != i]
        if label not in [labels[j] for j in others]:
            continue
        queries += 1
        others.sort(key=lambda j: -float(templates[i] @ templates[j]))
        hits += label in [labels[j] for j in others[:k]]
    return hits / queries


@pytest.mark.parametrize("k", [1, 2, 5, 100])
@pytest.mark.parametrize("block", [1, 50, 1_000_000])
def test_recall_is_that_of_sorting(monkeypatch, k, block):
    monkeypatch.setattr(ranking, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(5)
    templates, labels = unit(rng, 40), rng.integers(0, 15, 40)
    assert len(set(labels)) > len(set(labels[np.bincount(labels)[labels] > 1]))  # one is alone
    assert recall_at_k(templates, labels, k) == loop(templates, labels, k)


def test_recall_is_scikit_learns_nearest_neighbour():
    neighbours = pytest.importorskip("sklearn.neighbors")
    rng = np.random.default_rng(6)
    templates, labels = unit(rng, 300, 8), rng.integers(0, 10, 300)
    search = neighbours.NearestNeighbors(n_neighbors=4, metric="cosine").fit(templates)
    # The first neighbour found is the image itself.
    found = search.kneighbors(return_distance=False)
    for k in (1, 3):
        expected = (labels[found[:, :k]] == labels[:, np.newaxis]).any(axis=1).mean()
        assert recall_at_k(templates, labels, k) == pytest.approx(expected, abs=1e-12)


def test_by_hand():
    # Images 0 and 1 are one vector and one identity; 2 and 3 are mates but orthogonal, and
    # every other image is as near to them, so each misses.
    assert recall_at_k(E[[0, 0, 1, 2]], ["a", "a", "b", "b"]) == 0.5


def test_an_embedding_collapsed_to_a_point_finds_nothing():
    assert recall_at_k(E[[0] * 6], [0, 0, 1, 1, 2, 2]) == 0.0


def test_an_image_without_a_mate_is_not_counted():
    assert recall_at_k(E[[0, 0, 1]], [0, 0, 1]) == 1.0


@pytest.mark.parametrize(
    ("labels", "k", "message"),
    [
        ([0, 1, 2, 3], 1, "recall needs an identity with at least two images, got none"),
        ([0, 0, 1, 1], 0, "k must be at least 1, got 0"),
        ([0, 0, 1], 1, "one label per template"),
    ],
)
def test_bad_input_is_refused(labels, k, message):
    with pytest.raises(InvalidInputError, match=message):
        recall_at_k(E, labels, k)


def test_hits_are_told_for_each_image_with_a_mate():
    # b has one image; of a, the third is nearer to b than to its mates.
    templates = np.array([[1.0, 0.0], [0.96, 0.28], [0.0, 1.0], [0.28, 0.96]])
    probes, hits = hits_at_k(templates, ["a", "a", "b", "a"])
    assert probes.tolist() == [0, 1, 3]
    assert hits.tolist() == [True, True, False]
