"""int8 templates: the rounding is pinned, and what compares them is exact."""

import math

import numpy as np
import pytest

from twinlet import InvalidInputError
from twinlet.compact import directions, dots, lengths, quantise
from twinlet.templates import normalise


def unit(count, size, seed=1):
    return normalise(np.random.default_rng(seed).normal(size=(count, size)))


def test_the_example_of_the_specification():
    # 0.6 / (0.8 / 127) = 95.25
    made = quantise(np.array([[0.6, -0.8]], dtype=np.float32))
    assert made.numbers.tolist() == [[95, -127]]
    assert made.scales.tolist() == [np.float32(0.8) / np.float32(127)]
    assert (made.numbers.dtype, made.scales.dtype) == (np.int8, np.float32)


def test_quantising_is_a_loop_over_numbers():
    vectors = unit(50, 33)
    made = quantise(vectors)
    for row in range(50):
        largest = max(abs(float(value)) for value in vectors[row])
        scale = float(np.float32(largest / 127))
        assert made.scales[row] == scale
        # Python's round takes halves to even.
        assert made.numbers[row].tolist() == [round(float(v) / scale) for v in vectors[row]]


def test_halves_go_to_even():
    # The scale is exactly 1: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2.
    made = quantise(np.array([[127, 0.5, 1.5, 2.5, -0.5, -1.5]], dtype=np.float32))
    assert made.numbers.tolist() == [[127, 0, 2, 2, 0, -2]]


@pytest.mark.parametrize("size", [1, 2, 8, 128, 1024])
def test_no_number_is_off_by_more_than_half_a_scale(size):
    vectors = unit(200, size)
    made = quantise(vectors)
    back = made.scales[:, None].astype(np.float64) * made.numbers
    # A float32 scale is itself rounded, by 2 ** -24 of what it multiplies.
    assert (np.abs(back - vectors) <= made.scales[:, None] * (0.5 + 127 * 2**-23)).all()
    assert (np.abs(made.numbers.astype(int)).max(axis=1) == 127).all()


def test_a_vector_and_its_opposite_are_opposite():
    vectors = unit(20, 16)
    np.testing.assert_array_equal(quantise(-vectors).numbers, -quantise(vectors).numbers)


@pytest.mark.parametrize(
    ("row", "found"), [([0, 0], "0"), ([np.nan, 1], "nan"), ([1, -np.inf], "inf")]
)
def test_vectors_that_have_no_int8_form(row, found):
    with pytest.raises(InvalidInputError, match=f"of vector 1: its largest number is {found};"):
        quantise(np.array([[1.0, 0.0], row], dtype=np.float32))


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2)])
def test_what_is_no_table_of_vectors(shape):
    with pytest.raises(InvalidInputError, match=r"expected vectors of shape \(n, d\), got"):
        quantise(np.ones(shape, dtype=np.float32))


def test_no_vectors():
    made = quantise(np.zeros((0, 4), dtype=np.float32))
    assert (made.numbers.shape, made.scales.shape) == ((0, 4), (0,))


def test_lengths_are_exact_where_int8_and_int16_would_overflow():
    numbers = np.full((2, 65536), 127, dtype=np.int8)
    numbers[1] = -127
    assert lengths(numbers).tolist() == [127.0 * 256, 127.0 * 256]
    assert lengths(np.array([[3, -4]], dtype=np.int8)).tolist() == [5.0]


def test_directions_are_unit_vectors():
    numbers = quantise(unit(30, 40)).numbers
    found = directions(numbers)
    assert found.dtype == np.float64
    for row, direction in zip(numbers.tolist(), found, strict=True):
        length = math.sqrt(sum(value * value for value in row))
        np.testing.assert_allclose(direction, [value / length for value in row], rtol=1e-15)


@pytest.mark.parametrize("size", [3, 128, 1040])
@pytest.mark.parametrize("count", [0, 1, 63, 600, 1500])
def test_dots_of_whole_numbers_are_exact(size, count):
    """Over several blocks and a rest; against Python's own integers for some rows."""
    draw = np.random.default_rng(count).integers(-127, 128, size=(count + 1, size))
    draw[:2] = 127  # the largest sum there is
    rows, probe = draw[:count].astype(np.int8), draw[count].astype(np.int8)
    found = dots(rows, probe)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, draw[:count] @ draw[count])
    for row in range(0, count, 97):
        expected = sum(a * b for a, b in zip(rows[row].tolist(), probe.tolist(), strict=True))
        assert found[row] == expected


def test_dots_of_every_mixture():
    vectors = unit(300, 24)
    numbers = quantise(vectors).numbers
    for rows in (vectors, numbers):
        for probe in (vectors[7], numbers[7]):
            expected = rows.astype(np.float64) @ probe.astype(np.float64)
            np.testing.assert_allclose(dots(rows, probe), expected, rtol=1e-4, atol=1e-3)
