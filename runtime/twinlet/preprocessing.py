"""From an image of any size to the pixels of the model: colour, then one exact resize.

The resize is named "triangle-q16" in the input contract. Every step is in whole numbers, so
that another language repeats it bit for bit.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError

Pixels = NDArray[np.uint8]

RESIZE = "triangle-q16"
ONE = 1 << 16  # the weights of one output pixel sum to this

# Pixels turned to float32 at once (16 MB): a photograph needs no second copy at 4 bytes.
CHUNK_ELEMENTS = 4_000_000


def to_input(image: Pixels, contract: InputContract) -> Pixels:
    """Bring an image to the size and colour that a model takes.

    Colour comes first: grey becomes RGB by repetition, RGB becomes grey as
    `(299 R + 587 G + 114 B + 500) // 1000` (ITU-R BT.601). Then `resize`. An image that has
    the size and colour already passes through unchanged.

    Args:
        image: Uint8 (h, w) or (h, w, 1) grey, or (h, w, 3) RGB.
        contract: What the model takes.

    Returns:
        Uint8 (contract.height, contract.width, contract.channels).

    Raises:
        InvalidInputError: The image is not such an array, or the contract asks for something
            this version does not know.
    """
    _check_contract(contract)
    pixels = _checked(image)
    if contract.channels == 1 and pixels.shape[2] == 3:
        pixels = _grey(pixels)
    resized = resize(pixels, contract.height, contract.width)
    if contract.channels == 3 and resized.shape[2] == 1:
        # Repeating after the resize gives the same pixels for a third of the work.
        resized = np.repeat(resized, 3, axis=2)
    return np.ascontiguousarray(resized)


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
    pixels = _checked(image, channels=None)
    if height < 1 or width < 1:
        raise InvalidInputError(f"an image must have at least 1 x 1 pixels, got {height} x {width}")
    if pixels.shape[1] != width:
        pixels = _along_rows(pixels, _weights(pixels.shape[1], width))
    if pixels.shape[0] != height:
        turned = _along_rows(pixels.transpose(1, 0, 2), _weights(pixels.shape[0], height))
        pixels = turned.transpose(1, 0, 2)
    result = np.ascontiguousarray(pixels)
    return result[:, :, 0] if np.ndim(image) == 2 else result


@lru_cache(maxsize=8)
def _weights(size_in: int, size_out: int) -> NDArray[np.float32]:
    """The fixed-point weights (size_out, size_in) of one axis, whole numbers in float32."""
    centres_in = (2 * np.arange(size_in, dtype=np.int64) + 1) * size_out
    centres_out = (2 * np.arange(size_out, dtype=np.int64) + 1) * size_in
    reach = 2 * max(size_in, size_out)
    triangle = np.maximum(reach - np.abs(centres_in - centres_out[:, np.newaxis]), 0)
    running = np.cumsum(triangle, axis=1)
    total = running[:, -1:]
    # floor(ONE * running / total + 1/2), without leaving the whole numbers.
    rounded = (2 * ONE * running + total) // (2 * total)
    weights: NDArray[np.float32] = np.diff(rounded, axis=1, prepend=0).astype(np.float32)
    weights.setflags(write=False)
    return weights


def _along_rows(pixels: Pixels, weights: NDArray[np.float32]) -> Pixels:
    """Weigh the columns of each row: uint8 (h, w, c) to uint8 (h, len(weights), c)."""
    height, width, channels = pixels.shape
    result = np.empty((height, len(weights), channels), dtype=np.uint8)
    rows = max(1, CHUNK_ELEMENTS // (width * channels))
    for start in range(0, height, rows):
        part = pixels[start : start + rows].astype(np.float32)
        # Exact: all terms are whole and no sum passes 255 * 65536 < 2**24, in any order.
        sums = np.matmul(weights, part)
        result[start : start + rows] = (sums.astype(np.uint32) + ONE // 2) >> 16
    return result


def _grey(pixels: Pixels) -> Pixels:
    red, green, blue = (pixels[:, :, i].astype(np.uint32) for i in range(3))
    grey = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return grey.astype(np.uint8)[:, :, np.newaxis]


def _checked(image: Any, channels: tuple[int, ...] | None = (1, 3)) -> Pixels:
    """The image as uint8 (h, w, c)."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        got = f"dtype {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidInputError(
            f"an image must be a numpy array of uint8, got {got}; read it with "
            f"twinlet.images.read_image"
        )
    pixels = image[:, :, np.newaxis] if image.ndim == 2 else image
    if pixels.ndim != 3 or pixels.size == 0 or not _known(pixels.shape[2], channels):
        raise InvalidInputError(
            f"an image must have shape (h, w), (h, w, 1) or (h, w, 3) and at least one pixel, "
            f"got {image.shape}"
        )
    return pixels


def _known(channels: int, allowed: tuple[int, ...] | None) -> bool:
    return allowed is None or channels in allowed


def _check_contract(contract: InputContract) -> None:
    if (contract.channels, contract.color) not in {(1, "L"), (3, "RGB")}:
        raise InvalidInputError(
            f"this version feeds 1 channel of color L or 3 of color RGB, the input contract "
            f"asks for {contract.channels} of color {contract.color}; update twinlet"
        )
    if (contract.dtype, contract.layout, contract.resize) != ("uint8", "NHWC", RESIZE):
        raise InvalidInputError(
            f"this version feeds uint8 NHWC pixels resized by {RESIZE}, the input contract asks "
            f"for {contract.dtype} {contract.layout} by {contract.resize}; update twinlet"
        )
