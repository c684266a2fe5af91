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


def test_a_match_reaches_the_threshold():
    assert is_match([0.69, 0.7, 0.71], 0.7).tolist() == [False, True, True]


def test_nothing_matches_on_nan():
    assert not is_match(float("nan"), 0.0)
