"""A Keras model from elsewhere, brought into the form of a twin."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.errors import InvalidInputError, TwinletError
from twinlet_export.own_pixels import of_pixels
from twinlet_export.precision import in_float32
from twinlet_export.said import LAMBDA, what_keras_said

if TYPE_CHECKING:
    import keras

OWN_CODE = (
    "; a model with layers of its own must be saved as a SavedModel (model.export), which needs "
    "none of their code"
)


def load_own_model(path: Path) -> "keras.Model":
    """Load a .keras or .h5 file, or a SavedModel folder with one input and one output.

    Raises:
        InvalidInputError: It cannot be loaded, which Keras' message explains.
    """
    import keras

    try:
        if path.is_dir():
            return _from_saved_model(path)
        model = keras.saving.load_model(path, compile=False)
    except TwinletError:
        raise
    except Exception as error:  # whatever a foreign or damaged file makes Keras raise
        said = what_keras_said(error)
        hint = OWN_CODE if said.startswith(("Could not locate", LAMBDA)) else ""
        raise InvalidInputError(f"cannot load {path}: {said}{hint}") from error
    if not isinstance(model, keras.Model):
        raise InvalidInputError(f"{path} holds {type(model).__name__}, expected a Keras model")
    if 0 in _ends(model):
        raise InvalidInputError(_no_graph(path, model))
    return model


def as_twin(model: "keras.Model", pixels: tuple[float, float] | None) -> "keras.Model":
    """Put the scaling of pixels before a model, and leave the L2 normalisation at its end out.

    Args:
        model: From images (n, h, w, c) to embeddings (n, d).
        pixels: What it takes 0 and 255 as, such as (-1, 1); `None` for uint8 pixels.

    Returns:
        A model that `check_twin` may accept; the same one where nothing is to be done.

    Raises:
        InvalidInputError: The model cannot take such a range; see `own_pixels`.
    """
    if _ends(model) == (1, 1):
        model = in_float32(_plain(model))
        model = _without_normalisation(model)
    return model if pixels is None else of_pixels(model, pixels)


def _ends(model: "keras.Model") -> tuple[int, int]:
    """How many inputs and outputs it has; none where it is no graph of layers."""
    return len(getattr(model, "inputs", None) or ()), len(getattr(model, "outputs", None) or ())


def _plain(model: "keras.Model") -> "keras.Model":
    """From tensor to tensor, where a dict or a list held the one or the other."""
    import keras

    if isinstance(model, keras.Sequential) or not (
        isinstance(model.input, dict | list | tuple)
        or isinstance(model.output, dict | list | tuple)
    ):
        return model
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def _without_normalisation(model: "keras.Model") -> "keras.Model":
    """Leave out an L2 normalisation that makes the output, in a nested model too."""
    import keras

    # The last of `model.layers` need not make the output: an operation that is no layer may.
    (sink,) = model.outputs
    last, node, _ = sink._keras_history
    # keras.ops.normalize is an operation whose class is not public, with the same axis.
    operation = not isinstance(last, keras.layers.Layer) and type(last).__name__ == "Normalize"
    if (operation and last.order == 2) or type(last) is keras.layers.UnitNormalization:
        along = np.ravel(last.axis).tolist()
        if along not in ([-1], [len(sink.shape) - 1]):  # not the length of each vector
            return model
        (before,) = last._inbound_nodes[node].input_tensors
        # From `inputs`, not `input`: a Sequential has only the former.
        return _without_normalisation(keras.Model(model.inputs[0], before, name=model.name))
    if isinstance(last, keras.Model) and _ends(last) == (1, 1):
        inner = _without_normalisation(last)
        if inner is not last:
            (before,) = last._inbound_nodes[node].input_tensors
            return keras.Model(model.inputs[0], inner(before), name=model.name)
    return model


def _from_saved_model(path: Path) -> "keras.Model":
    """Wrap the serving function: one image tensor in, one tensor out."""
    import keras
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    served = loaded.signatures.get("serving_default")
    if served is None:
        raise InvalidInputError(
            f"{path} has no signature serving_default, it has {list(loaded.signatures) or 'none'}; "
            f"export it with model.export"
        )
    inputs = list(served.structured_input_signature[1].values())
    if len(inputs) != 1 or len(served.structured_outputs) != 1:
        raise InvalidInputError(
            f"cannot export {path}: expected one input and one output, got {len(inputs)} and "
            f"{len(served.structured_outputs)}"
        )
    if inputs[0].shape.rank is None or inputs[0].shape[0] is not None:
        raise InvalidInputError(
            f"cannot export {path}: expected an input for any number of images, (None, height, "
            f"width, channels), got {inputs[0].shape}; export it with a free batch size"
        )
    (output,) = served.structured_outputs
    source = keras.Input(inputs[0].shape[1:], dtype=inputs[0].dtype.name, name="pixels")
    # The name tells the contents, so that the bundle's id does not depend on where it lies.
    layer = _Served(loaded, served, inputs[0].name, output, name=f"saved_{_digest(path)[:16]}")
    return keras.Model(source, layer(source), name="own")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name != "fingerprint.pb":
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _Served(loaded: Any, served: Any, argument: str, output: str, *, name: str) -> Any:  # noqa: N802
    """A layer that calls a loaded function; made here because Keras must not start on import."""
    import keras

    class Served(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name=name, trainable=False)
            self._kept = [loaded]  # its variables live as long as it does

        def call(self, pixels: Any) -> Any:
            return served(**{argument: pixels})[output]

        def compute_output_shape(self, shape: Any) -> Any:
            return (shape[0], *served.structured_outputs[output].shape[1:])

        def get_config(self) -> dict[str, Any]:
            return {"name": self.name}

    return Served()


def _no_graph(path: Path, model: "keras.Model") -> str:
    import keras

    found = f"cannot export {path}: expected a model with an input of known shape, got"
    if isinstance(model, keras.Sequential):
        return (
            f"{found} a Sequential that has never seen an image; build it by calling it once "
            f"before saving, or make keras.Input((height, width, channels)) its first layer"
        )
    return f"{found} {type(model).__name__}; save it as a SavedModel (model.export)"
