"""Templates of many images, by Keras or by an engine."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import Engine
from twinlet.errors import ParityError
from twinlet.templates import normalise

if TYPE_CHECKING:
    import keras

BATCH = 256  # images a step of Keras


def twin_templates(twin: "keras.Model", pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embed with Keras.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).
        pixels: Uint8 (n, h, w, c).

    Returns:
        Float32 (n, d), unit length.

    Raises:
        ParityError: An embedding is all zeros or not finite.
    """
    raw = np.asarray(twin.predict(pixels, batch_size=BATCH, verbose=0), dtype=np.float32)
    return _unit(raw, "the twin")


def engine_templates(
    engine: Engine, pixels: NDArray[np.uint8], *, file: str
) -> NDArray[np.float32]:
    """Embed with an exported file; see `twin_templates`."""
    return _unit(engine.embed(pixels), file)


def _unit(raw: NDArray[np.float32], who: str) -> NDArray[np.float32]:
    lengths = np.linalg.norm(raw.astype(np.float64), axis=1)
    lost = int(np.sum(~(np.isfinite(lengths) & (lengths > 0.0))))
    if lost:
        raise ParityError(
            f"{who} gives {lost} of {len(raw)} images an embedding that is all zeros or not "
            f"finite, which has no direction to compare; it is not trained enough, or its "
            f"activations died: train longer or with a lower learning rate"
        )
    return normalise(raw)
