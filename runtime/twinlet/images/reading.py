"""Where an image may come from, and the way from there to pixels."""

import os
import sys
from typing import Any, TypeAlias

from twinlet.errors import InvalidInputError
from twinlet.images.arrays import Pixels, from_array
from twinlet.images.decoding import from_pillow, open_encoded
from twinlet.images.npy import MAGIC, from_npy

# A path, the bytes of a file, a PIL image or a uint8 array; PIL cannot be named here without
# importing it, hence Any.
ImageSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | Any

# More than any camera writes; keeps a wrong path (a video, a device) from filling the memory.
MAX_FILE_BYTES = 256 * 2**20


def read_image(source: ImageSource) -> Pixels:
    """Read an image as it is meant to be seen.

    EXIF orientation is applied; transparency is laid over white; palette, CMYK and other
    colour models become RGB; 16-bit values keep their high byte; of several frames the first
    is taken. Colour profiles are not applied. Encoded images need Pillow (the `image` extra);
    `.npy` files of uint8 and arrays do not. `runtime/BUNDLE.md`, section 5, has the formulas.

    Args:
        source: A path; the bytes of an image file; a PIL image; or a uint8 array of shape
            (h, w), (h, w, 1), (h, w, 3) RGB or (h, w, 4) RGBA.

    Returns:
        Uint8 (h, w) grey or (h, w, 3) RGB. An array that needs no change is returned as it
        is, not copied; the result may be read-only.

    Raises:
        InvalidInputError: There is no file, or it holds no image that can be read in full; the
            message names it.
        MissingExtraError: Pillow is needed and not installed.

    Example:
        >>> import numpy as np
        >>> read_image(np.zeros((2, 3, 1), dtype=np.uint8)).shape
        (2, 3)
    """
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        return _from_bytes(_read_file(path), f"image {path}")
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "the image given as bytes")
    if _is_pillow_image(source):
        return from_pillow(source, "the PIL image")
    return from_array(source, "the image array")


def _from_bytes(data: bytes, name: str) -> Pixels:
    if not data:
        raise InvalidInputError(f"{name} is empty (0 bytes): expected an image file")
    if data.startswith(MAGIC):
        return from_npy(data, name)
    return from_pillow(open_encoded(data, name), name)


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise InvalidInputError(
            f"image {path} does not exist; check the path (relative to {os.curdir!r}, the "
            f"current folder, unless it is absolute)"
        ) from None
    except IsADirectoryError:
        raise InvalidInputError(
            f"image {path} is a folder: expected one image file; name a file inside it"
        ) from None
    # ValueError: a path with a zero byte.
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInputError(f"image {path} cannot be read: {reason}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInputError(
            f"image {path} is too large: expected at most {MAX_FILE_BYTES // 2**20} MiB; is it "
            f"an image?"
        )
    return data


def _is_pillow_image(source: object) -> bool:
    # Whoever holds a PIL image has imported the module.
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(source, module.Image)
