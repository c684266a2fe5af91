import numpy as np
import pytest
import tensorflow as tf

from twinlet_train.distances import cosine_distance, cosine_distance_matrix, unit


def test_distances_of_known_directions():
    a = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [3.0, 4.0]], np.float32)
    b = np.array([[5.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [4.0, 3.0]], np.float32)
    # same direction 0, orthogonal 1, opposite 2; 1 - (12 + 12) / 25 for the last
    np.testing.assert_allclose(cosine_distance(a, b), [0.0, 1.0, 2.0, 0.04], atol=1e-6)


def test_matrix_holds_the_pairwise_distances():
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    matrix = np.asarray(cosine_distance_matrix(x))
    for i in range(5):
        for j in range(5):
            cosine = x[i] @ x[j] / np.linalg.norm(x[i]) / np.linalg.norm(x[j])
            assert matrix[i, j] == pytest.approx(1.0 - cosine, abs=1e-6)


def test_unit_keeps_zero_at_zero_and_its_gradient_finite():
    zero = tf.Variable(np.zeros((2, 3), np.float32))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(cosine_distance_matrix(zero))
    assert np.isfinite(tape.gradient(loss, zero).numpy()).all()
    assert np.asarray(unit(np.zeros((1, 3), np.float32))).tolist() == [[0.0, 0.0, 0.0]]
