"""`.npy` files as images, so that a bare install can read images without Pillow."""

import io
import math

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.images.arrays import Pixels, from_array

MAGIC = b"\x93NUMPY"

# Version 3 differs from 2 in the encoding of field names, which pixels do not have.
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,
}


def from_npy(data: bytes, name: str) -> Pixels:
    """Read the bytes of a `.npy` file of uint8; see `from_array` for the shapes.

    Raises:
        InvalidInputError: The file is damaged or truncated, or its array is no image; the
            message names it.
    """
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        shape, fortran_order, dtype = _HEADERS[version](stream)
    # numpy's parser of a damaged header raises what it happens to raise.
    except Exception as error:
        reason = f"unknown version {error}" if isinstance(error, KeyError) else error
        raise InvalidInputError(f"{name} is a damaged .npy file: {reason}") from error
    if dtype != np.uint8:
        raise InvalidInputError(
            f"{name} must be a .npy file of uint8 with values 0 to 255, got {dtype}; scale and "
            f"convert it first"
        )
    # Compared before anything of that size is allocated.
    present, expected = len(data) - stream.tell(), math.prod(shape)
    if present != expected or min(shape, default=0) < 0:
        raise InvalidInputError(
            f"{name} is a damaged .npy file: shape {shape} takes {expected} bytes, got {present}"
        )
    pixels = np.frombuffer(data, dtype=np.uint8)[stream.tell() :]
    return from_array(pixels.reshape(shape, order="F" if fortran_order else "C"), name)
