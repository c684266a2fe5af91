"""One exact resize, named "triangle-q16" in the input contract.

Every step is in whole numbers, so that another language repeats it bit for bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

RESIZE = "triangle-q16"
ONE = 1 << 16  # the weights of one output pixel sum to this

# Neighbouring outputs that are computed together, from the inputs that any of them weighs:
# few enough that most of those weights are not zero, enough for a matrix product to pay.
BAND = 8

# Pixels turned to float32 at once (4 MB): a photograph needs no second copy at 4 bytes.
CHUNK_ELEMENTS = 1_000_000

# Multiplications in one matrix product. Above this OpenBLAS, numpy's usual one, wakes a thread for
# each core (interface/gemm.c), and where others use the cores, they wait for each other several
# times as long as one thread computes (benchmarks/resizing.py).
PRODUCT = 1 << 18


@dataclass(frozen=True, eq=False)
class Band:
    """Neighbouring outputs of an axis, and how they weigh its inputs."""

    outputs: slice  # g outputs
    inputs: slice  # the k inputs that they weigh
    weights: Floats  # (k, g) whole numbers; each column sums to ONE


def resize(image: Pixels, height: int, width: int) -> Pixels:
    """Resize with a triangle filter that widens when shrinking, in 16-bit fixed point.

    For `n` input and `m` output pixels of an axis, output `i` weighs input `j` by the triangle
    with half-pixel centres, here as a whole number:
    `W[j] = max(0, 2 * max(n, m) - |(2 j + 1) m - (2 i + 1) n|)`. With the running sum
    `C[j] = W[0] + ... + W[j]` and `S` its last value, the weights are the differences of
    `floor(65536 * C[j] / S + 1/2)`, which sum to exactly 65536. The horizontal pass is first,
    then the vertical; each gives `(sum of weight * pixel + 32768) >> 16` as uint8. An axis
    that keeps its size has the identity as its weights.

    Args:
        image: Uint8 (h, w) or (h, w, c).
        height: Rows of the result, at least 1.
        width: Columns of the result, at least 1.

    Returns:
        Uint8 (height, width) or (height, width, c); within one level of Pillow's BILINEAR.

    Raises:
        InvalidInputError: The image is no such array or is empty, or a size is below 1.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        raise InvalidInputError(
            f"only uint8 images of shape (h, w) or (h, w, c) can be resized, got {image.dtype} of "
            f"shape {image.shape}"
        )
    if height < 1 or width < 1:
        raise InvalidInputError(f"an image must have at least 1 x 1 pixels, got {height} x {width}")
    pixels = image if image.ndim == 3 else image[:, :, np.newaxis]
    if pixels.shape[1] != width:
        pixels = _across(pixels, width)
    if pixels.shape[0] != height:
        pixels = _down(pixels, height)
    return np.ascontiguousarray(pixels.reshape(height, width, *image.shape[2:]))


@lru_cache(maxsize=16)
def bands(size_in: int, size_out: int) -> tuple[Band, ...]:
    """The weights of one axis, without most of their zeros."""
    reach = 2 * max(size_in, size_out)
    found = []
    for first in range(0, size_out, BAND):
        last = min(first + BAND, size_out) - 1
        # Inputs nearer than `reach` to the first and to the last output.
        start = ((2 * first + 1) * size_in - reach - size_out) // (2 * size_out) + 1
        stop = -((size_out - reach - (2 * last + 1) * size_in) // (2 * size_out))
        inputs = slice(max(start, 0), min(stop, size_in))
        centres_in = (2 * np.arange(inputs.start, inputs.stop, dtype=np.int64) + 1) * size_out
        centres_out = (2 * np.arange(first, last + 1, dtype=np.int64) + 1) * size_in
        distance = np.abs(centres_in[:, np.newaxis] - centres_out)
        running = np.cumsum(np.maximum(reach - distance, 0), axis=0)
        total = running[-1]
        # floor(ONE * running / total + 1/2), without leaving the whole numbers.
        rounded = (2 * ONE * running + total) // (2 * total)
        weights = np.diff(rounded, axis=0, prepend=0).astype(np.float32)
        weights.setflags(write=False)
        found.append(Band(slice(first, last + 1), inputs, weights))
    return tuple(found)


def _across(pixels: Pixels, width: int) -> Pixels:
    """Resize each row: (h, w, c) to (h, width, c)."""
    height, before, channels = pixels.shape
    result = np.empty((height, width, channels), dtype=np.uint8)
    for rows in _parts(height, CHUNK_ELEMENTS // (before * channels)):
        part = pixels[rows].transpose(0, 2, 1)
        lines = part.astype(np.float32, order="C").reshape(-1, before)
        sums = np.empty((len(lines), width), dtype=np.float32)
        for band in bands(before, width):
            for few in _parts(len(lines), PRODUCT // band.weights.size):
                sums[few, band.outputs] = lines[few, band.inputs] @ band.weights
        planes = _rounded(sums).reshape(-1, channels, width)
        result[rows] = planes.transpose(0, 2, 1)
    return result


def _down(pixels: Pixels, height: int) -> Pixels:
    """Resize each column: (h, w, c) to (height, w, c)."""
    before, width, channels = pixels.shape
    flat = pixels.reshape(before, width * channels)
    result = np.empty((height, width * channels), dtype=np.uint8)
    for columns in _parts(width * channels, CHUNK_ELEMENTS // before):
        lines = flat[:, columns].astype(np.float32, order="C")
        sums = np.empty((height, lines.shape[1]), dtype=np.float32)
        for band in bands(before, height):
            for few in _parts(lines.shape[1], PRODUCT // band.weights.size):
                sums[band.outputs, few] = band.weights.T @ lines[band.inputs, few]
        result[:, columns] = _rounded(sums)
    return result.reshape(height, width, channels)


def _parts(count: int, size: int) -> Iterator[slice]:
    """Cut `count` things into parts of `size`, or one by one where that is below 1."""
    step = max(size, 1)
    for start in range(0, count, step):
        yield slice(start, start + step)


def _rounded(sums: Floats) -> Pixels:
    """`(sum + 32768) >> 16`, exact in float32.

    All terms are whole and no sum passes 255 * 65536 + 32768 < 2**24, in whatever order the
    matrix product adds; dividing by a power of two changes no digit.
    """
    sums += ONE // 2
    sums /= ONE
    return sums.astype(np.uint8)
