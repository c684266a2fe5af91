"""Encoded images and PIL images to pixels, through Pillow."""

import io
from typing import Any

import numpy as np

from twinlet.errors import InvalidInputError, MissingExtraError
from twinlet.images.arrays import Pixels, from_array, over_white
from twinlet.images.cmyk import from_cmyk

# Pillow warns above this number and refuses above twice of it; here it is the limit. Such an
# image would take 270 MB as RGB, and decides nothing that its thumbnail would not.
MAX_PIXELS = 89_478_485


def open_encoded(data: bytes, name: str) -> Any:
    """Open the bytes of an image file as a PIL image; its pixels are not decoded yet.

    Raises:
        InvalidInputError: Pillow knows no such format, or the size is beyond `MAX_PIXELS`.
        MissingExtraError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError(
            f"{name} cannot be read: Pillow is not installed; pip install 'twinlet[image]' "
            f"(or pass a uint8 array, or a .npy file of one)"
        ) from None
    try:
        image = Image.open(io.BytesIO(data))
    except Image.UnidentifiedImageError:
        raise InvalidInputError(
            f"{name} is no image that can be read: expected PNG, JPEG or another format that "
            f"Pillow knows, got {_looks_like(data)}"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidInputError(f"{name} is too large: {error}") from error
    # A damaged header makes Pillow's plugins raise what they happen to raise.
    except Exception as error:
        raise _damaged(name, error) from error
    return image


def from_pillow(image: Any, name: str) -> Pixels:
    """Decode a PIL image as it is meant to be seen; see `read_image`.

    Args:
        image: A `PIL.Image.Image`; it is not changed.
        name: What to call it in a message.

    Returns:
        Uint8 (h, w) or (h, w, 3).

    Raises:
        InvalidInputError: The pixels cannot be decoded in full, are too many, or are of a kind
            without a defined range (floats, 32-bit integers).
    """
    from PIL import ImageOps

    if image.width * image.height > MAX_PIXELS:
        raise InvalidInputError(
            f"{name} is too large: expected at most {MAX_PIXELS} pixels, got {image.width} x "
            f"{image.height}; shrink it first"
        )
    kind = image.format  # gone after the transpose
    try:
        image.load()
        return _pixels(ImageOps.exif_transpose(image), kind, name)
    except InvalidInputError:
        raise
    # Truncated or damaged data makes Pillow's decoders raise what they happen to raise.
    except Exception as error:
        raise _damaged(name, error) from error


def _pixels(image: Any, kind: str | None, name: str) -> Pixels:
    mode = image.mode
    if mode.startswith("I;16") or (mode == "I" and kind in ("PNG", "PPM")):
        # These two formats know no integers above 16 bits; older Pillow opens them as "I".
        return _from_16_bit(image)
    if mode in ("I", "F"):
        raise InvalidInputError(
            f"{name} has pixels of mode {mode}, whose range is not defined: expected 8 or 16 "
            f"bits a channel; convert it to mode L or RGB first"
        )
    if mode == "CMYK":
        return from_cmyk(np.asarray(image))
    grey = mode in ("1", "L", "LA", "La")
    if image.has_transparency_data or mode in ("La", "RGBa", "RGBA", "LA", "PA"):
        if mode in ("La", "RGBa"):  # premultiplied; each converts to its plain form only
            image = image.convert("LA" if mode == "La" else "RGBA")
        rgba = np.asarray(image.convert("RGBA"))
        return over_white(rgba[:, :, 0] if grey else rgba[:, :, :3], rgba[:, :, 3])
    return from_array(np.asarray(image.convert("L" if grey else "RGB")), name)


def _from_16_bit(image: Any) -> Pixels:
    values = np.asarray(image)
    pixels = (values >> 8).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        pixels[values == transparent] = 255
    return pixels


def _looks_like(data: bytes) -> str:
    head = data[:32]
    try:
        data[:512].decode("utf-8")
    except UnicodeDecodeError:
        return f"data that starts with {head[:8].hex(' ')}"
    return f"text that starts with {head.decode('utf-8', 'replace')!r}"


def _damaged(name: str, error: Exception) -> InvalidInputError:
    reason = str(error) or type(error).__name__
    return InvalidInputError(
        f"{name} is damaged or truncated and was not decoded in full: {reason}"
    )
