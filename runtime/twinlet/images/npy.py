"""`.npy` files as images, so that a bare install can read images without Pillow."""

import io

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.images.arrays import Pixels, from_array

MAGIC = b"\x93NUMPY"


def from_npy(data: bytes, name: str) -> Pixels:
    """Read the bytes of a `.npy` file of uint8; see `from_array` for the shapes.

    Raises:
        InvalidInputError: The file is damaged, truncated, holds Python objects, or its array
            is no image; the message names it.
    """
    # Mapping the header on the bytes first refuses a header that promises more than the file
    # holds, before anything of that size is allocated.
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(stream)
    except ValueError as error:
        raise InvalidInputError(f"{name} is a damaged .npy file: {error}") from error
    expected = dtype.itemsize * int(np.prod([int(side) for side in shape], dtype=object))
    if dtype.hasobject:
        raise InvalidInputError(f"{name} is a .npy file of Python objects: expected uint8 pixels")
    present = len(data) - stream.tell()
    if present != expected:
        raise InvalidInputError(
            f"{name} is a damaged .npy file: expected {expected} bytes of pixels, got {present}"
        )
    stream.seek(0)
    return from_array(np.load(stream, allow_pickle=False), name)
