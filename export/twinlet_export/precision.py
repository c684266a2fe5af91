"""A model of mixed precision, built again in float32."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError
from twinlet_export.said import what_keras_said

if TYPE_CHECKING:
    import keras

HALVES = ("float16", "bfloat16")


def in_float32(model: "keras.Model") -> "keras.Model":
    """The same weights, computed with in float32: the files of a bundle hold no 16-bit numbers.

    Raises:
        InvalidInputError: A model of mixed precision cannot be built again.
    """
    import keras

    halves = [layer for layer in model._flatten_layers() if layer.compute_dtype in HALVES]
    if not halves:
        return model
    try:
        config = _with_float32(keras.saving.serialize_keras_object(model))
        again = keras.saving.deserialize_keras_object(config)
        with TemporaryDirectory() as folder:  # by file: some layers finish their state on loading
            weights = Path(folder) / "own.weights.h5"
            model.save_weights(weights)
            again.load_weights(weights)
    except Exception as error:  # whatever the layers of others make Keras raise
        found = halves[-1]
        raise InvalidInputError(
            f"cannot export {model.name}: expected a model in float32, but layer {found.name} "
            f"computes in {found.compute_dtype} (policy {found.dtype_policy.name}), and building "
            f"it again in float32 fails: {what_keras_said(error)}; build it with the policy "
            f"float32 and load its weights"
        ) from error
    return again


def _with_float32(config: Any) -> Any:
    """The configuration of a model, with every 16-bit type and policy in it replaced."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            name = config["config"]["name"].removeprefix("mixed_")
            return "float32" if name in HALVES else config
        return {
            key: "float32" if key == "dtype" and value in HALVES else _with_float32(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_with_float32(value) for value in config)
    return config
