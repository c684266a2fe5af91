"""The twin once more in tf_keras (Keras 2), which tensorflow-model-optimization needs."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import ParityError
from twinlet_export.aware.activations import ACTIVATIONS

if TYPE_CHECKING:
    import keras

# Of the largest number in an embedding: float32 sums in another order, through 60 layers.
TOLERANCE = 1e-3
PROBES = 4
# Values of configuration keys that training or building needs, and a built twin does not.
_LEFT_BEHIND = ("_initializer", "_regularizer", "_constraint")


@dataclass(frozen=True)
class Mirror:
    """A twin in two pieces: what prepares pixels, in Keras 3, and the network, in tf_keras."""

    before: "keras.Model"  # uint8 pixels (n, h, w, c) to what the network takes, float32
    network: Any  # tf_keras model from there to embeddings (n, d)


def mirror(twin: "keras.Model") -> Mirror:
    """Rebuild a twin layer by layer in tf_keras, with its weights.

    Args:
        twin: A flat Keras 3 model from uint8 pixels (n, h, w, c) to embeddings (n, d).

    Returns:
        Both pieces; together they compute what the twin computes, which is tried.

    Raises:
        ParityError: A layer has no counterpart in tf_keras, is used twice, or is a model inside
            the model; or the copy computes something else. Names the layer.
    """
    import keras
    import tf_keras

    entry = _entry(twin)
    before = keras.Model(twin.input, twin.get_layer(entry).output)
    source = tf_keras.Input(before.output_shape[1:], name="prepared")
    tensors = {entry: source}
    known = {layer.name: layer for layer in twin.layers}
    for described in twin.get_config()["layers"]:
        layer = known.get(described["name"])
        if layer is None:
            raise ParityError(
                f"the twin computes with {described['name']!r} ({described['class_name']}), which "
                f"is no layer and has no counterpart in tf_keras; use a layer of keras.layers"
            )
        if layer.name in {lead.name for lead in before.layers}:
            continue
        arguments = _arguments(described, tensors)
        tensors[layer.name] = _counterpart(layer)(arguments)
    network = tf_keras.Model(source, tensors[_name_of(twin.output)], name="network")
    for layer in twin.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())
    _check_same(twin, before, network)
    return Mirror(before, network)


def poured_back(
    twin: "keras.Model", weights: Mapping[str, Sequence[NDArray[np.float32]]]
) -> "keras.Model":
    """A copy of the twin with other weights.

    Args:
        twin: The Keras 3 model that was mirrored; it stays as it is.
        weights: Of each layer that has some, by its name.
    """
    import keras

    copy: keras.Model = keras.models.clone_model(twin)
    for layer in copy.layers:
        if layer.weights and layer.name not in weights:
            raise ParityError(
                f"fine-tuning has changed the twin's layer {layer.name!r} ({type(layer).__name__}) "
                f"into others, so its weights cannot come back; use plain convolutions instead"
            )
        if layer.weights:
            layer.set_weights(weights[layer.name])
    return copy


def _entry(twin: "keras.Model") -> str:
    """The last of the layers that only prepare pixels: the input, and scalings right after it."""
    name: str = _name_of(twin.input)
    known = {layer.name: layer for layer in twin.layers}
    for described in twin.get_config()["layers"][1:]:
        layer = known.get(described["name"])
        follows = [history[0] for history in _histories(described["inbound_nodes"])] == [name]
        if not (follows and type(layer).__name__ == "Rescaling"):
            break
        name = described["name"]
    return name


def _name_of(tensor: Any) -> str:
    return str(tensor._keras_history.operation.name)


def _histories(value: Any) -> Iterator[tuple[str, int, int]]:
    """Where the tensors in an argument of a layer's call come from: layer, call, output."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield tuple(value["config"]["keras_history"])
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _histories(inner)


def _arguments(described: dict[str, Any], tensors: dict[str, Any]) -> Any:
    """What a layer is called with: one tensor, or a list of them."""
    name, calls = described["name"], described["inbound_nodes"]
    if len(calls) != 1:
        raise ParityError(
            f"the twin calls its layer {name!r} {len(calls)} times; fine-tuning takes networks "
            f"that call each layer once"
        )
    arguments = calls[0]["args"]
    if calls[0]["kwargs"].get("training") is not None:
        raise ParityError(
            f"the twin calls its layer {name!r} with training={calls[0]['kwargs']['training']}, "
            f"which fine-tuning would not keep; set its trainable instead"
        )
    histories = list(_histories(arguments))
    known = [tensors.get(layer) for layer, _, _ in histories]
    if len(arguments) != 1 or not known or any(tensor is None for tensor in known):
        raise ParityError(
            f"the twin calls its layer {name!r} with more than the tensors of earlier layers, "
            f"which fine-tuning cannot repeat in tf_keras"
        )
    return known if isinstance(arguments[0], list | tuple) else known[0]


def _counterpart(layer: Any) -> Any:
    """The same layer of tf_keras, without weights."""
    import tf_keras

    kind = type(layer).__name__
    counterpart = getattr(tf_keras.layers, kind, None)
    if counterpart is None or not type(layer).__module__.startswith("keras."):
        raise ParityError(
            f"the twin's layer {layer.name!r} ({kind}) has no counterpart in tf_keras, which "
            f"fine-tuning needs; use layers that both have, or leave these files out"
        )
    accepted = set(inspect.signature(counterpart.__init__).parameters) | {"name", "trainable"}
    settings = {
        key: value
        for key, value in layer.get_config().items()
        if key in accepted and key != "dtype" and not key.endswith(_LEFT_BEHIND)
    }
    if isinstance(name := settings.get("activation"), str):
        settings["activation"] = ACTIVATIONS.get(name, name)
    if kind == "ReLU":
        settings["max_value"] = layer.max_value
    try:
        return counterpart(**settings)
    except (TypeError, ValueError) as error:
        raise ParityError(
            f"the twin's layer {layer.name!r} ({kind}) cannot be built in tf_keras, which "
            f"fine-tuning needs: {error}"
        ) from error


def _check_same(twin: "keras.Model", before: "keras.Model", network: Any) -> None:
    shape = (PROBES, *twin.input_shape[1:])
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = np.asarray(twin(pixels, training=False))
    found = np.asarray(network(np.asarray(before(pixels)), training=False))
    difference = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not difference <= TOLERANCE:
        raise ParityError(
            f"the twin's copy in tf_keras, which fine-tuning needs, gives other embeddings: they "
            f"differ by {difference:.3g} of their largest number, at most {TOLERANCE:g} is "
            f"expected; one of its layers means something else there"
        )
