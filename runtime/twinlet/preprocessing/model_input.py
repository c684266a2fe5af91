"""From an image to the pixels of the model: its colour, then its size."""

from typing import Any

import numpy as np

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet.preprocessing.resizing import RESIZE, Pixels, resize


def to_input(image: Pixels, contract: InputContract) -> Pixels:
    """Bring an image to the size and colour that a model takes.

    Colour comes first: grey becomes RGB by repetition, RGB becomes grey as
    `(299 R + 587 G + 114 B + 500) // 1000` (ITU-R BT.601). Then `resize`. An image that has
    the size and colour already passes through unchanged. A model of images one pixel high or
    wide takes vectors, whose numbers are no samples of a surface: they must have its size.

    Args:
        image: Uint8 (h, w) or (h, w, 1) grey, or (h, w, 3) RGB.
        contract: What the model takes.

    Returns:
        Uint8 (contract.height, contract.width, contract.channels).

    Raises:
        InvalidInputError: The image is not such an array, is a vector of another length than
            the model takes, or the contract asks for something this version does not know.
    """
    _check_contract(contract)
    pixels = _checked(image)
    if contract.is_vector and pixels.shape[:2] != (contract.height, contract.width):
        raise InvalidInputError(
            f"this model takes vectors of exactly {contract.height} x {contract.width} numbers, "
            f"got {pixels.shape[0]} x {pixels.shape[1]}; vectors are never resized: make them as "
            f"those it was trained on were made"
        )
    if contract.channels == 1 and pixels.shape[2] == 3:
        pixels = _grey(pixels)
    resized = resize(pixels, contract.height, contract.width)
    if contract.channels == 3 and resized.shape[2] == 1:
        # Repeating after the resize gives the same pixels for a third of the work.
        resized = np.repeat(resized, 3, axis=2)
    return np.ascontiguousarray(resized)


def _grey(pixels: Pixels) -> Pixels:
    red, green, blue = (pixels[:, :, i].astype(np.uint32) for i in range(3))
    grey = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return grey.astype(np.uint8)[:, :, np.newaxis]


def _checked(image: Any) -> Pixels:
    """The image as uint8 (h, w, c)."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        got = f"dtype {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InvalidInputError(
            f"an image must be a numpy array of uint8, got {got}; read it with "
            f"twinlet.images.read_image"
        )
    pixels = image[:, :, np.newaxis] if image.ndim == 2 else image
    if pixels.ndim != 3 or pixels.size == 0 or pixels.shape[2] not in (1, 3):
        raise InvalidInputError(
            f"an image must have shape (h, w), (h, w, 1) or (h, w, 3) and at least one pixel, "
            f"got {image.shape}"
        )
    return pixels


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
