"""Progressive image size: the first part of a training looks at smaller images."""

import keras

STEP = 8  # pixels between two sizes
LAST = 0.3  # share of the training that sees the full size


def side_at(progress: float, *, start: int, full: int) -> int:
    """Which side in pixels images have at a point of the training (Tan and Le 2021).

    Args:
        progress: 0 at the start, 1 at the end.
        start: The first side; 0 or at least `full`: no smaller images.
        full: The twin's own side, which the last 30 % see.

    Returns:
        A side that rises in steps of 8 from `start` to `full`, each for as long.
    """
    if not 0 < start < full or progress >= 1.0 - LAST:
        return full
    sizes = range(start, full, STEP)
    return sizes[int(len(sizes) * progress / (1.0 - LAST))]


def at_size(model: keras.Model, side: int) -> keras.Model:
    """The same layers behind a smaller image.

    Args:
        model: A flat model from pixels (n, h, w, c).
        side: In pixels.

    Returns:
        A model from the same pixels that shares every layer and shrinks the image first.
    """
    height, width = model.input_shape[1:3]
    if side >= min(height, width):
        return model
    channels = model.input_shape[3]
    scale = side / min(height, width)
    small = (round(height * scale), round(width * scale))
    layers = keras.models.clone_model(
        model,
        input_tensors=keras.Input((*small, channels), dtype="float32"),
        clone_function=lambda layer: layer,
    )
    pixels = keras.Input((height, width, channels), dtype=model.inputs[0].dtype, name="pixels")
    # Not the layer Resizing: it runs what comes after it in training mode (Keras 3.15).
    shrunk = keras.ops.image.resize(keras.ops.cast(pixels, "float32"), small, antialias=True)
    return keras.Model(pixels, layers(shrunk))
