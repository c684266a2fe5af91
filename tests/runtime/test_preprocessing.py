from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from twinlet import preprocessing
from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet.preprocessing import resize, to_input

RGB = InputContract(height=4, width=6, channels=3)
GREY = InputContract(height=4, width=6, channels=1, color="L")


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def axis_by_the_formula(line, size_out):
    """One axis, one output at a time, in exact fractions."""
    size_in = len(line)
    scale = Fraction(size_in, size_out)
    support = max(scale, Fraction(1))
    result = []
    for i in range(size_out):
        centre = (i + Fraction(1, 2)) * scale
        weights = [
            max(Fraction(0), 1 - abs(j + Fraction(1, 2) - centre) / support) for j in range(size_in)
        ]
        running, before, total = Fraction(0), 0, 0
        for weight, value in zip(weights, line, strict=True):
            running += weight
            rounded = floor(65536 * running / sum(weights) + Fraction(1, 2))
            total += (rounded - before) * int(value)
            before = rounded
        assert before == 65536
        result.append((total + 32768) >> 16)
    return result


def resize_by_the_formula(image, height, width):
    across = np.array([axis_by_the_formula(row, width) for row in image])
    down = np.array([axis_by_the_formula(column, height) for column in across.T])
    return down.T.astype(np.uint8)


SIZES = [
    ((9, 7), (4, 6)),
    ((5, 5), (11, 13)),
    ((3, 8), (8, 3)),
    ((1, 1), (3, 2)),
    ((6, 6), (6, 3)),
    ((6, 6), (3, 6)),
    ((7, 5), (1, 1)),
    ((8, 8), (7, 9)),
]


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resize_is_the_formula_bit_for_bit(before, after):
    image = noise(*before)
    np.testing.assert_array_equal(resize(image, *after), resize_by_the_formula(image, *after))


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_channels_are_resized_alone(before, after):
    image = noise(*before, 3)
    expected = np.stack([resize(image[:, :, i], *after) for i in range(3)], axis=2)
    np.testing.assert_array_equal(resize(image, *after), expected)


def test_two_halves_by_hand():
    # 4 to 2: centres 1 and 3 reach 2 to each side; weights 3 3 1 0 and 0 1 3 3 of 7, since
    # the triangle is cut off at the border: (3 * 0 + 3 * 70 + 140) / 7 = 50.
    assert resize(np.uint8([[0, 70, 140, 210]]), 1, 2).tolist() == [[50, 160]]


def test_a_pixel_is_repeated_to_any_size():
    assert (resize(np.uint8([[137]]), 5, 9) == 137).all()


@pytest.mark.parametrize("value", [0, 1, 127, 254, 255])
def test_a_flat_image_stays_flat(value):
    assert (resize(np.full((37, 41), value, dtype=np.uint8), 10, 97) == value).all()


@pytest.mark.parametrize("size_in", [1, 2, 33, 1000])
@pytest.mark.parametrize("size_out", [1, 2, 32, 224])
def test_weights_are_whole_and_sum_to_one_in_16_bits(size_in, size_out):
    weights = preprocessing._weights(size_in, size_out)
    assert (weights >= 0).all()
    assert (weights == np.rint(weights)).all()
    assert (weights.astype(np.int64).sum(axis=1) == 65536).all()


def test_sums_in_float32_are_exact():
    image = noise(500, 3000)
    weights = preprocessing._weights(3000, 32).astype(np.int64)
    exact = (image.astype(np.int64) @ weights.T + 32768) >> 16
    np.testing.assert_array_equal(resize(image, 500, 32), exact)


def test_a_large_image_is_worked_through_in_parts(monkeypatch):
    image = noise(50, 40, 3)
    whole = resize(image, 20, 20)
    monkeypatch.setattr(preprocessing, "CHUNK_ELEMENTS", 7 * 40 * 3)
    np.testing.assert_array_equal(resize(image, 20, 20), whole)


@pytest.mark.parametrize(
    ("before", "after"),
    [((100, 80), (32, 32)), ((33, 31), (32, 32)), ((8, 8), (32, 32)), ((400, 9), (20, 20))],
)
def test_resize_is_within_one_level_of_pillows_bilinear(before, after):
    image_module = pytest.importorskip("PIL.Image")
    image = noise(*before, 3)
    pillow = image_module.fromarray(image).resize(after[::-1], image_module.Resampling.BILINEAR)
    assert np.abs(resize(image, *after).astype(int) - np.asarray(pillow)).max() <= 1


def test_the_own_size_passes_through_unchanged():
    image = noise(4, 6, 3)
    np.testing.assert_array_equal(to_input(image, RGB), image)
    np.testing.assert_array_equal(resize(image[:, :, 0], 4, 6), image[:, :, 0])


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


@pytest.mark.parametrize(("height", "width"), [(0, 3), (3, -1)])
def test_a_size_below_one_is_refused(height, width):
    with pytest.raises(InvalidInputError, match=f"got {height} x {width}"):
        resize(noise(4, 6), height, width)


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
