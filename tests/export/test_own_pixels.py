"""The numbers that a model takes for pixels: any range of floats, some whole numbers."""

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.extraction import check_twin
from twinlet_export.own_pixels import of_pixels


def test_a_range_that_is_none():
    source = keras.Input((8, 8, 3))
    model = keras.Model(source, keras.layers.Flatten()(source))
    with pytest.raises(InvalidInputError, match="two different numbers, got 1 and 1"):
        of_pixels(model, (1.0, 1.0))


def test_a_range_for_a_model_of_pixels(twin):
    with pytest.raises(
        InvalidInputError, match=r"takes uint8 pixels as they are, got --pixels 0 1"
    ):
        of_pixels(twin, (0.0, 1.0))


def whole(dtype):
    source = keras.Input((16, 16, 1), dtype=dtype)
    return keras.Model(source, keras.layers.Flatten()(keras.layers.Rescaling(1.0)(source)))


@pytest.mark.parametrize(
    ("dtype", "pixels", "usual"),
    [
        ("int32", (0.0, 1.0), "0 255"),
        ("int32", (-1.0, 1.0), "0 255"),
        ("int32", (0.5, 255.5), "0 255"),
        ("int8", (0.0, 255.0), "-128 127"),
        ("int8", (-129.0, 126.0), "-128 127"),
        ("uint16", (255.0, -255.0), "0 255"),
    ],
)
def test_a_range_that_whole_numbers_do_not_fill(dtype, pixels, usual):
    with pytest.raises(InvalidInputError, match=rf"of {dtype}, .* such as --pixels {usual}, or"):
        of_pixels(whole(dtype), pixels)


@pytest.mark.parametrize(
    ("dtype", "pixels"),
    [
        ("int32", (0.0, 255.0)),
        ("int32", (255.0, 0.0)),
        ("int16", (0.0, 510.0)),
        ("int8", (-128.0, 127.0)),
    ],
)
def test_a_range_of_whole_numbers(dtype, pixels):
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    found = np.asarray(of_pixels(whole(dtype), pixels)(images))
    np.testing.assert_array_equal(found[0], np.linspace(*pixels, 256))


@pytest.mark.parametrize(("shape", "dtype"), [((64,), "float32"), ((), "string")])
def test_a_range_for_what_is_no_image(shape, dtype):
    source = keras.Input(shape, dtype=dtype)
    model = keras.Model(source, keras.layers.Identity()(source))
    with pytest.raises(InvalidInputError, match=f"it takes no images: .* of {dtype}; only"):
        check_twin(of_pixels(model, (0.0, 1.0)))
