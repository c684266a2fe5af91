import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.images import read_image
from twinlet.images.arrays import over_white


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"), [((5, 4), (5, 4)), ((5, 4, 1), (5, 4)), ((5, 4, 3), (5, 4, 3))]
)
def test_an_array_is_taken_without_a_copy(shape, expected):
    array = noise(*shape)
    found = read_image(array)
    assert found.shape == expected
    assert np.shares_memory(found, array)


def test_the_fourth_channel_is_laid_over_white():
    array = noise(5, 4, 4)
    array[0, 0], array[0, 1] = (10, 20, 30, 255), (10, 20, 30, 0)
    found = read_image(array)
    assert found.shape == (5, 4, 3)
    assert found[0, :2].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_over_white_is_the_rounded_mixture_for_every_value():
    color, alpha = np.meshgrid(np.arange(256), np.arange(256))
    exact = (color * alpha + 255.0 * (255 - alpha)) / 255
    found = over_white(color.astype(np.uint8), alpha.astype(np.uint8))
    assert np.abs(found - exact).max() <= 0.5


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((5, 4)), "must be of dtype uint8 with values 0 to 255, got float64"),
        (np.zeros((5, 4), dtype=bool), "got bool"),
        (np.zeros((5, 4), dtype=np.uint16), "got uint16; scale and convert it first"),
        (noise(5), r"must have shape \(h, w\), .* got \(5,\)"),
        (noise(5, 4, 2), r"got \(5, 4, 2\)"),
        (noise(1, 5, 4, 3), r"got \(1, 5, 4, 3\)"),
        (noise(0, 4), r"has no pixels: got shape \(0, 4\)"),
        (noise(5, 0, 3), r"has no pixels: got shape \(5, 0, 3\)"),
        (None, "cannot read an image from NoneType: expected a path, bytes, a PIL image or"),
        ([[1, 2]], "cannot read an image from list"),
        (7, "cannot read an image from int"),
    ],
)
def test_what_is_no_image_is_refused(array, message):
    with pytest.raises(InvalidInputError, match=message):
        read_image(array)
