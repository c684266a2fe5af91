"""Templates of many images, by Keras or by an engine."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import ParityError, TwinletError
from twinlet.templates import normalise
from twinlet_export.engines import PIECE, Engines
from twinlet_train.data import blocks

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import ImageStore


def twin_templates(twin: "keras.Model", pixels: "ImageStore") -> NDArray[np.float32]:
    """Embed with Keras.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).
        pixels: Uint8 (n, h, w, c), an array or a store.

    Returns:
        Float32 (n, d), unit length.

    Raises:
        ParityError: An embedding is all zeros or not finite.
    """
    from twinlet_train.callbacks import raw_embeddings

    return _unit(raw_embeddings(twin, pixels).astype(np.float32, copy=False), "the twin")


def engine_templates(engines: Engines, pixels: "ImageStore", *, file: str) -> NDArray[np.float32]:
    """Embed with an exported file; see `twin_templates`.

    Raises:
        ParityError: An embedding is all zeros or not finite, or the engine fails.
    """
    try:
        read = blocks(pixels, multiple=PIECE * engines.workers)
        raw = np.concatenate([*engines.embed(read)])
    except TwinletError:
        raise
    except Exception as error:  # engines raise whatever their C++ side throws
        raise ParityError(
            f"{file} was converted, but its engine cannot run it: {error}; leave it out with "
            f"--files, or change the layer that is named"
        ) from error
    return _unit(raw, file)


def _unit(raw: NDArray[np.float32], who: str) -> NDArray[np.float32]:
    lengths = np.linalg.norm(raw.astype(np.float64), axis=1)
    lost = int(np.sum(~(np.isfinite(lengths) & (lengths > 0.0))))
    if lost:
        raise ParityError(
            f"{who} gives {lost} of {len(raw)} images an embedding that is all zeros or not "
            f"finite, which has no direction to compare; it is not trained enough, or its "
            f"activations died: train longer or with a lower learning rate, or, for a model of "
            f"your own, see whether --pixels names what it takes"
        )
    return normalise(raw)
