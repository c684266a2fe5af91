import hashlib
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.preprocessing import resize, resizing


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def weights_by_the_formula(size_in, size_out):
    """One output and one input at a time, in exact fractions."""
    scale = Fraction(size_in, size_out)
    support = max(scale, Fraction(1))
    rows = []
    for i in range(size_out):
        centre = (i + Fraction(1, 2)) * scale
        triangle = [
            max(Fraction(0), 1 - abs(j + Fraction(1, 2) - centre) / support) for j in range(size_in)
        ]
        total, running, row = sum(triangle), Fraction(0), []
        for weight in triangle:
            before = floor(65536 * running / total + Fraction(1, 2))
            running += weight
            row.append(floor(65536 * running / total + Fraction(1, 2)) - before)
        rows.append(row)
    return np.array(rows)


def resize_by_the_formula(image, height, width):
    across = weights_by_the_formula(image.shape[1], width)
    down = weights_by_the_formula(image.shape[0], height)
    image = (image.astype(np.int64) @ across.T + 32768) >> 16
    return (down @ image + 32768) >> 16


SIZES = [
    ((9, 7), (4, 6)),
    ((5, 5), (11, 13)),
    ((3, 8), (8, 3)),
    ((1, 1), (3, 2)),
    ((6, 6), (6, 3)),
    ((6, 6), (3, 6)),
    ((7, 5), (1, 1)),
    ((8, 8), (7, 9)),
    ((70, 53), (33, 61)),
    ((41, 97), (41, 10)),
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


# What the first version gave; whoever makes the resize faster changes no bit.
DIGESTS = [
    ((32, 48, 3), (32, 32), "0fb71bb5d0c680ae"),
    ((224, 224, 3), (96, 96), "a9646a5294cc8c52"),
    ((480, 640, 3), (224, 224), "cf1887654c97f726"),
    ((1080, 1920, 3), (32, 32), "874842d00e2d6fa5"),
    ((1081, 7, 1), (33, 224), "ec0d8c29e1f28973"),
    ((3000, 4000, 3), (96, 96), "798aee391a6c8c75"),
    ((9, 11, 3), (224, 223), "27dc236e33beb70a"),
]


@pytest.mark.parametrize(("before", "after", "digest"), DIGESTS)
def test_no_bit_changes_between_versions(before, after, digest):
    y, x, k = np.ogrid[: before[0], : before[1], : before[2]]
    image = ((3 * x * x + 5 * y * y + 7 * x * y + 101 * k) % 256).astype(np.uint8)
    found = resize(image, *after).tobytes()
    assert hashlib.sha256(found).hexdigest()[:16] == digest


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_small_matrix_products_change_no_bit(monkeypatch, size):
    image = noise(50, 40, 3)
    whole = resize(image, 20, 60)
    monkeypatch.setattr(resizing, "PRODUCT", size)
    np.testing.assert_array_equal(resize(image, 20, 60), whole)


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
def test_bands_cover_the_outputs_once_and_their_weights_are_whole(size_in, size_out):
    bands = resizing.bands(size_in, size_out)
    assert [i for band in bands for i in range(size_out)[band.outputs]] == [*range(size_out)]
    for band in bands:
        assert band.weights.shape == (len(range(size_in)[band.inputs]), len(band.weights.T))
        assert (band.weights >= 0).all()
        assert (band.weights == np.rint(band.weights)).all()
        assert (band.weights.astype(np.int64).sum(axis=0) == 65536).all()


@pytest.mark.parametrize(("size_in", "size_out"), [(4000, 32), (4000, 224), (500, 499), (32, 1000)])
def test_bands_leave_most_zeros_out(size_in, size_out):
    held = sum(band.weights.size for band in resizing.bands(size_in, size_out))
    # 10 inputs of the coarser axis serve a band of 8, one more for each cut-off end.
    assert held <= 12 * max(size_in, size_out)


@pytest.mark.parametrize("axis", [0, 1])
def test_sums_in_float32_are_exact(axis):
    image = noise(3000, 40) // 4 + 192  # bright: sums as large as they come
    weights = weights_by_the_formula(3000, 4)
    exact = ((weights @ image.astype(np.int64)) + 32768) >> 16
    if axis == 0:
        np.testing.assert_array_equal(resize(image, 4, 40), exact)
    else:
        np.testing.assert_array_equal(resize(image.T, 40, 4), exact.T)


def test_a_large_image_is_worked_through_in_parts(monkeypatch):
    image = noise(50, 40, 3)
    whole = resize(image, 20, 20)
    monkeypatch.setattr(resizing, "CHUNK_ELEMENTS", 7 * 40 * 3)
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
    image = noise(4, 6)
    np.testing.assert_array_equal(resize(image, 4, 6), image)


def test_views_are_resized_like_copies():
    image = noise(30, 40, 3)[::2, ::-1]
    np.testing.assert_array_equal(resize(image, 9, 50), resize(image.copy(), 9, 50))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 6)), r"only uint8 images .* got float64 of shape \(4, 6\)"),
        (noise(4), r"got uint8 of shape \(4,\)"),
        (noise(0, 6), r"got uint8 of shape \(0, 6\)"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(InvalidInputError, match=message):
        resize(image, 3, 3)


@pytest.mark.parametrize(("height", "width"), [(0, 3), (3, -1)])
def test_a_size_below_one_is_refused(height, width):
    with pytest.raises(InvalidInputError, match=f"got {height} x {width}"):
        resize(noise(4, 6), height, width)
