import math

import numpy as np
import pytest

from twinlet.scores import angular, is_match, similarity, similarity_matrix


def at(*degrees):
    """Unit vectors in the plane at these angles."""
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


@pytest.mark.parametrize(
    ("degrees", "expected"),
    # The angle as a share of 180 degrees, taken from 1.
    [(0, 1.0), (45, 0.75), (60, 2 / 3), (90, 0.5), (120, 1 / 3), (180, 0.0)],
)
def test_angular_similarity_is_linear_in_the_angle(degrees, expected):
    assert angular(math.cos(math.radians(degrees))) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("cosine", "expected"), [(1.0 + 1e-7, 1.0), (-1.0 - 1e-7, 0.0)])
def test_a_cosine_beyond_one_by_rounding_is_clipped(cosine, expected):
    assert angular(cosine) == expected


def test_angular_similarity_rises_with_the_cosine():
    assert (np.diff(angular(np.linspace(-1, 1, 1001))) > 0).all()


def test_pairs_and_matrix_agree_with_the_angles_between():
    probes, templates = at(0, 30, 90), at(0, 120, 180)
    pairs = [1 - 0 / 180, 1 - 90 / 180, 1 - 90 / 180]
    np.testing.assert_allclose(similarity(probes, templates), pairs, atol=1e-12)
    matrix = [[1, 60 / 180, 0], [150 / 180, 90 / 180, 30 / 180], [0.5, 150 / 180, 0.5]]
    # Near 0 and 180 degrees the arc cosine turns a rounding of 1e-16 into one of 1e-8.
    np.testing.assert_allclose(similarity_matrix(probes, templates), matrix, atol=1e-7)
    np.testing.assert_allclose(similarity(probes[1], templates), matrix[1], atol=1e-7)


def test_float32_templates_are_compared_in_float64():
    a = at(10).astype(np.float32)
    assert similarity(a, a).dtype == np.float64
    assert similarity_matrix(a, a).dtype == np.float64


def test_int8_similarities_are_a_loop_over_whole_numbers():
    numbers = np.random.default_rng(3).integers(-127, 128, size=(6, 50)).astype(np.int8)
    matrix = similarity_matrix(numbers, numbers)
    for i, a in enumerate(numbers.tolist()):
        for j, b in enumerate(numbers.tolist()):
            dot = sum(x * y for x, y in zip(a, b, strict=True))
            squares = sum(x * x for x in a) * sum(y * y for y in b)
            expected = 1 - math.acos(min(1.0, dot / math.sqrt(squares))) / math.pi
            found = similarity(numbers[i], numbers[j])
            assert found == pytest.approx(expected, abs=1e-15)
            assert matrix[i, j] == found
    # exactly the same direction, where float32 vectors are the same within 1e-4 only
    assert (np.diag(matrix) == 1.0).all()


def test_the_length_of_int8_numbers_does_not_count():
    a, b = np.array([127, 0], dtype=np.int8), np.array([1, 1], dtype=np.int8)
    assert similarity(a, b) == pytest.approx(0.75, abs=1e-12)
    assert similarity(a, 3 * b) == similarity(a, b)
    assert similarity(a, -a) == 0.0


def test_a_unit_vector_is_compared_with_int8_numbers():
    probes, numbers = at(0, 30, 90), np.array([[100, 0], [0, 127], [-7, 0]], dtype=np.int8)
    matrix = [[1, 0.5, 0], [150 / 180, 120 / 180, 30 / 180], [0.5, 1, 0.5]]
    np.testing.assert_allclose(similarity_matrix(probes, numbers), matrix, atol=1e-7)
    np.testing.assert_allclose(similarity_matrix(numbers, probes), np.transpose(matrix), atol=1e-7)
    np.testing.assert_allclose(similarity(probes[1], numbers), matrix[1], atol=1e-7)
    np.testing.assert_allclose(similarity(numbers, probes[1]), matrix[1], atol=1e-7)


def test_a_match_reaches_the_threshold():
    assert is_match([0.69, 0.7, 0.71], 0.7).tolist() == [False, True, True]


def test_nothing_matches_on_nan():
    assert not is_match(float("nan"), 0.0)
