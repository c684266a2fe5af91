from dataclasses import replace

import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet.preprocessing import resize, to_input

RGB = InputContract(height=4, width=6, channels=3)
GREY = InputContract(height=4, width=6, channels=1, color="L")


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_the_own_size_passes_through_unchanged():
    image = noise(4, 6, 3)
    np.testing.assert_array_equal(to_input(image, RGB), image)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (9, 20), (9, 20, 1)])
def test_grey_becomes_rgb_by_repetition(shape):
    image = noise(*shape)
    one = resize(image.reshape(shape[:2]), 4, 6)
    found = to_input(image, RGB)
    assert found.shape == (4, 6, 3)
    assert all((found[:, :, i] == one).all() for i in range(3))
    np.testing.assert_array_equal(to_input(image, GREY)[:, :, 0], one)


@pytest.mark.parametrize(
    ("pixel", "grey"),
    [
        ((255, 0, 0), 76),  # 76.245
        ((0, 255, 0), 150),  # 149.685
        ((0, 0, 255), 29),  # 29.07
        ((255, 255, 255), 255),
        ((5, 2, 3), 3),  # 1.495 + 1.174 + 0.342 = 3.011
        ((1, 0, 1), 0),  # 0.413
        ((0, 1, 0), 1),  # 0.587
    ],
)
def test_rgb_becomes_grey_by_its_luminance(pixel, grey):
    image = np.full((4, 6, 3), pixel, dtype=np.uint8)
    assert (to_input(image, GREY) == grey).all()


def test_grey_is_taken_before_the_resize():
    image = noise(9, 20, 3).astype(np.int64)
    weighted = (image @ [299, 587, 114] + 500) // 1000
    expected = resize(weighted.astype(np.uint8), 4, 6)
    np.testing.assert_array_equal(to_input(image.astype(np.uint8), GREY)[:, :, 0], expected)


def test_the_result_is_contiguous_and_the_image_is_left_alone():
    image = noise(9, 20, 3)
    image.setflags(write=False)
    found = to_input(image[:, ::-1], RGB)
    assert found.flags.c_contiguous
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ([[0, 1]], "must be a numpy array of uint8, got list; read it with"),
        (np.zeros((4, 6)), "must be a numpy array of uint8, got dtype float64"),
        (noise(4), r"must have shape .* got \(4,\)"),
        (noise(4, 6, 4), r"got \(4, 6, 4\)"),
        (noise(1, 4, 6, 3), r"got \(1, 4, 6, 3\)"),
        (noise(0, 6), r"at least one pixel, got \(0, 6\)"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(InvalidInputError, match=message):
        to_input(image, RGB)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"color": "BGR"}, "asks for 3 of color BGR; update twinlet"),
        ({"channels": 4}, "asks for 4 of color RGB"),
        ({"dtype": "float32"}, "asks for float32 NHWC by triangle-q16"),
        ({"layout": "NCHW"}, "asks for uint8 NCHW"),
        ({"resize": "bicubic"}, "by bicubic; update twinlet"),
    ],
)
def test_a_contract_of_another_version_is_refused(change, message):
    with pytest.raises(InvalidInputError, match=message):
        to_input(noise(4, 6, 3), replace(RGB, **change))


VECTORS = [InputContract(1, 6, 1, color="L"), InputContract(6, 1, 1, color="L")]


@pytest.mark.parametrize("contract", VECTORS)
def test_a_vector_of_the_own_length_passes_through_unchanged(contract):
    vector = noise(contract.height, contract.width)
    np.testing.assert_array_equal(to_input(vector, contract)[:, :, 0], vector)


@pytest.mark.parametrize("contract", VECTORS)
@pytest.mark.parametrize("shape", [(1, 5), (1, 12), (5, 1), (2, 6), (6, 6), (1, 1), (40, 30, 3)])
def test_a_vector_is_never_resized(contract, shape):
    own = f"{contract.height} x {contract.width}"
    message = f"vectors of exactly {own} numbers, got {shape[0]} x {shape[1]}; vectors are never"
    with pytest.raises(InvalidInputError, match=message):
        to_input(noise(*shape), contract)


def test_a_line_of_pixels_is_an_image_to_a_model_of_images():
    assert to_input(noise(1, 20), GREY).shape == (4, 6, 1)
