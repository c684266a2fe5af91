"""Arrays as images: what is taken, and transparency laid over white."""

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError

Pixels = NDArray[np.uint8]


def from_array(array: object, name: str) -> Pixels:
    """Take a uint8 array as an image, or say what is wrong with it.

    Args:
        array: Uint8 (h, w), (h, w, 1), (h, w, 3) or (h, w, 4).
        name: What to call it in a message.

    Returns:
        Uint8 (h, w) or (h, w, 3).

    Raises:
        InvalidInputError: It is no array, or of another type or shape, or empty.
    """
    if not isinstance(array, np.ndarray):
        raise InvalidInputError(
            f"cannot read an image from {type(array).__name__}: expected a path, bytes, a PIL "
            f"image or a numpy array of uint8"
        )
    if array.dtype != np.uint8:
        raise InvalidInputError(
            f"{name} must be of dtype uint8 with values 0 to 255, got {array.dtype}; scale and "
            f"convert it first"
        )
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InvalidInputError(
            f"{name} must have shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), got {array.shape}"
        )
    if array.size == 0:
        raise InvalidInputError(f"{name} has no pixels: got shape {array.shape}")
    if array.ndim == 2:
        return array
    if array.shape[2] == 1:
        return array[:, :, 0]
    return over_white(array[:, :, :3], array[:, :, 3]) if array.shape[2] == 4 else array


def over_white(color: Pixels, alpha: Pixels) -> Pixels:
    """Lay pixels over white: `(c * a + 255 * (255 - a) + 127) // 255` for each channel.

    Args:
        color: Uint8 (h, w) or (h, w, 3).
        alpha: Uint8 (h, w): 0 transparent, 255 opaque.

    Returns:
        Uint8 of the shape of `color`.
    """
    a = alpha.astype(np.uint16)  # 255 * 255 + 127 is below 2**16
    if color.ndim == 3:
        a = a[:, :, np.newaxis]
    return ((color * a + 255 * (255 - a) + np.uint16(127)) // np.uint16(255)).astype(np.uint8)
