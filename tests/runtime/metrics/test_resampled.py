from itertools import combinations

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import blocks, compare_all, draw_resamples
from twinlet.metrics import resamples as drawing
from twinlet.metrics.grid import score_grid
from twinlet.metrics.resampled import count_resampled
from twinlet.scores import similarity


def drawn(n=24, identities=7, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, identities, n)
    vectors = rng.normal(size=(identities, 4))[labels] + rng.normal(size=(n, 4))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def by_loop(vectors, labels, resamples, edges):
    mated, other = np.zeros((2, resamples.weights.shape[1], len(edges)))
    for i, j in combinations(range(len(labels)), 2):
        own, its = resamples.groups[i], resamples.groups[j]
        taken = resamples.weights[own] * (1.0 if own == its else resamples.weights[its])
        score = np.float32(similarity(vectors[i], vectors[j]))
        place = max(0, np.searchsorted(edges, score, side="right") - 1)
        (mated if labels[i] == labels[j] else other)[:, place] += taken
    return mated, other


@pytest.mark.parametrize("unit", ["identity", "image"])
@pytest.mark.parametrize("block", [1, 50, 1_000_000])
@pytest.mark.parametrize("most", [5, 300])
def test_counts_are_those_of_a_loop_over_comparisons(monkeypatch, unit, block, most):
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", block)
    monkeypatch.setattr(drawing, "MOST_GROUPS", most)
    vectors, labels = drawn()
    resamples = draw_resamples(labels, unit=unit, resamples=20)
    edges = np.array([0.4, 0.5, 0.6, 0.8], dtype=np.float32)  # some lie below the first
    found = count_resampled(vectors, labels, resamples, edges)
    mated, other = by_loop(vectors, labels, resamples, edges)
    np.testing.assert_array_equal(found.mated, mated)
    np.testing.assert_array_equal(found.non_mated, other)


def test_the_first_is_the_data_as_it_is():
    vectors, labels = drawn(50)
    comparisons = compare_all(vectors, labels)
    edges = score_grid(comparisons)
    found = count_resampled(vectors, labels, draw_resamples(labels, unit="image"), edges)
    assert found.mated[0].sum() == len(comparisons.mated)
    assert found.non_mated[0].sum() == len(comparisons.non_mated)


def test_resamples_of_other_images_are_refused():
    vectors, labels = drawn()
    resamples = draw_resamples(labels[:-1], unit="image")
    with pytest.raises(InvalidInputError, match="of these 24 images, got resamples of 23"):
        count_resampled(vectors, labels, resamples, np.array([0.0], dtype=np.float32))
