import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.distances import (
    DISTANCES,
    chosen_distance,
    cosine_distance,
    cosine_distance_matrix,
    euclidean_distance,
    euclidean_distance_matrix,
    unit,
)


def test_cosine_distances_of_known_directions():
    a = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [3.0, 4.0]], np.float32)
    b = np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [4.0, 3.0]], np.float32)
    # same direction 0, orthogonal 1, opposite 2; 1 - (12 + 12) / 25 for the last
    np.testing.assert_allclose(cosine_distance(a, b), [0.0, 1.0, 2.0, 0.04], atol=1e-6)


def by_definition(name, a, b):
    return {
        "cosine": lambda: 1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b),
        "euclidean": lambda: np.linalg.norm(a - b),
        "squared-euclidean": lambda: np.linalg.norm(a - b) ** 2,
    }[name]()


@pytest.mark.parametrize("name", DISTANCES)
def test_pairs_and_matrix_hold_the_distance(name, compiled):
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    matrix = np.asarray(DISTANCES[name].matrix(x))
    np.testing.assert_allclose(compiled(DISTANCES[name].matrix)(x), matrix, atol=1e-6)
    pairs = np.asarray(DISTANCES[name].pair(x[:, None], x[None, :]))
    for i in range(5):
        for j in range(5):
            expected = pytest.approx(by_definition(name, x[i], x[j]), abs=1e-5)
            assert matrix[i, j] == expected
            assert pairs[i, j] == expected


@pytest.mark.parametrize("name", DISTANCES)
def test_largest_is_that_of_opposite_unit_vectors(name):
    x = np.array([[0.0, 1.0], [0.0, -1.0]], np.float32)
    assert np.asarray(DISTANCES[name].matrix(x)).max() == DISTANCES[name].largest


@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_gradients_of_equal_vectors_are_finite(name, value, gradient):
    x = np.full((3, 4), value, np.float32)
    distance = DISTANCES[name]
    _, slope = gradient(lambda v: _total(distance.matrix(v)), x)
    assert np.isfinite(slope).all()
    _, slope = gradient(lambda v: _total(distance.pair(v, x)), x)
    assert np.isfinite(slope).all()


def _total(values):
    from keras import ops

    return ops.sum(values)


def test_rounding_between_copies_is_no_distance_and_has_no_gradient(gradient):
    # Long enough that |a|^2 + |b|^2 - 2 a.b is not 0 in float32 for equal vectors.
    row = np.random.default_rng(1).normal(size=512).astype(np.float32)
    x = np.stack([row, row * np.float32(1 + 1e-7)])
    assert np.asarray(euclidean_distance_matrix(x)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    _, slope = gradient(lambda v: _total(euclidean_distance_matrix(v)), x)
    assert np.all(slope == 0.0)


def test_a_small_true_distance_is_kept():
    x = np.array([[1.0, 0.0], [1.0, 0.002]], np.float32)
    assert np.asarray(euclidean_distance_matrix(x))[0, 1] == pytest.approx(0.002, rel=0.05)
    assert float(euclidean_distance(x[0], x[1])) == pytest.approx(0.002, rel=1e-5)


def test_unit_keeps_zero_at_zero():
    assert np.asarray(unit(np.zeros((1, 3), np.float32))).tolist() == [[0.0, 0.0, 0.0]]
    assert np.isfinite(cosine_distance_matrix(np.zeros((2, 3), np.float32))).all()
    assert np.asarray(unit(np.zeros((1, 3), np.float16))).tolist() == [[0.0, 0.0, 0.0]]


def test_an_all_zero_embedding_among_others_is_not_moved(gradient):
    x = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], np.float32)
    _, found = gradient(lambda x: _total(cosine_distance_matrix(x)), x)
    found = np.asarray(found)
    assert found[0].tolist() == [0.0, 0.0]
    assert np.abs(found[1:]).max() < 10.0


@pytest.mark.parametrize("name", DISTANCES)
def test_what_is_not_a_number_stays_so(name, compiled):
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    x[1, 2] = np.nan
    hit = np.array([[False, True, False], [True, True, True], [False, True, False]])
    for matrix in (DISTANCES[name].matrix, compiled(DISTANCES[name].matrix)):
        np.testing.assert_array_equal(np.isnan(matrix(x)), hit)
    assert np.isnan(DISTANCES[name].pair(x, x[::-1].copy())).tolist() == [False, True, False]
    assert np.isnan(unit(x)[1]).all()


def test_unknown_names_and_margins_are_refused():
    with pytest.raises(InvalidInputError, match="unknown distance 'l1'; expected cosine, "):
        chosen_distance("l1", 0.4)
    with pytest.raises(InvalidInputError, match=r"between 0 and 2.*got 3"):
        chosen_distance("euclidean", 3.0)
    assert chosen_distance("squared-euclidean", 3.0).largest == 4.0
