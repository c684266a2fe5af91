"""The numbers that a model from elsewhere takes for pixels, made of uint8 inside it."""

from typing import TYPE_CHECKING

import numpy as np

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    import keras

LEVELS = 255.0  # of a uint8 pixel


def of_pixels(model: "keras.Model", pixels: tuple[float, float]) -> "keras.Model":
    """Put a scaling of uint8 pixels before a model.

    Args:
        model: From images (n, h, w, c) to embeddings (n, d); any other is given back.
        pixels: What it takes 0 and 255 as, such as (-1, 1).

    Raises:
        InvalidInputError: The range is empty, or given for a model that takes uint8 pixels, or
            a pixel has no number in the model's type of whole numbers.
    """
    import keras

    if len(model.inputs) != 1:
        return model
    (source,) = model.inputs
    if len(source.shape) != 4 or source.dtype == "string":
        return model  # no images: `check_twin` says so
    low, high = pixels
    if low == high:
        raise InvalidInputError(f"--pixels needs two different numbers, got {low:g} and {high:g}")
    if source.dtype == "uint8":
        raise InvalidInputError(
            f"{model.name} takes uint8 pixels as they are, got --pixels {low:g} {high:g}; leave "
            f"it out"
        )
    if keras.backend.is_int_dtype(source.dtype):
        _check_whole(model.name, source.dtype, pixels)
    images = keras.Input(source.shape[1:], dtype="uint8", name="pixels")
    scaled = keras.layers.Rescaling((high - low) / LEVELS, offset=low, name="normalise")(images)
    return keras.Model(images, model(scaled), name=model.name)


def _check_whole(name: str, dtype: str, pixels: tuple[float, float]) -> None:
    """Refuse a range in which a pixel is no number of the type, which a cast would hide."""
    low, high = pixels
    kind, step = np.iinfo(dtype), (high - low) / LEVELS
    if step.is_integer() and low.is_integer() and kind.min <= min(pixels) < max(pixels) <= kind.max:
        return
    usual = "-128 127" if kind.max < LEVELS else f"0 {LEVELS:g}"
    raise InvalidInputError(
        f"{name} takes whole numbers of {dtype}, from {kind.min} to {kind.max}, got --pixels "
        f"{low:g} {high:g}: not every pixel of 0 to {LEVELS:g} becomes one of them; expected such "
        f"as --pixels {usual}, or a model that takes floats"
    )
