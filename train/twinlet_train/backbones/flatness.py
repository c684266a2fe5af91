"""What a network of the user's must be to become part of a twin: flat, and all of Keras' own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    import keras

RESERVED = ("pixels", "normalise", "pool", "embedding")  # layers around the backbone


def check_features(name: str, pixels: Any, features: Any) -> None:
    """Refuse what a function built when it cannot be part of a twin.

    Raises:
        InvalidInputError: It is no tensor of features, was not made from the pixels, or was
            made by models inside the model or by layers that are not Keras' own.
    """
    import keras

    if isinstance(features, keras.Model):
        raise InvalidInputError(
            f"model.backbone {name} returned a keras.Model, expected a tensor; build the model "
            f"with input_tensor=pixels and return its .output"
        )
    if not keras.utils.is_keras_tensor(features):
        raise InvalidInputError(
            f"model.backbone {name} returned {type(features).__name__}, expected the Keras tensor "
            f"that its layers make of the pixels"
        )
    if len(features.shape) not in (2, 4) or None in features.shape[1:]:
        raise InvalidInputError(
            f"model.backbone {name} returned features of shape {tuple(features.shape)}; expected "
            f"a feature map (n, h, w, d) or a vector (n, d), sizes fixed but for n"
        )
    try:
        network = keras.Model(pixels, features)
    except ValueError as error:
        raise InvalidInputError(
            f"model.backbone {name} returned features that are not made from the pixels it got "
            f"({error}); apply its layers to its argument instead of a keras.Input of its own"
        ) from error
    _check_layers(name, network)


def _check_layers(name: str, network: "keras.Model") -> None:
    import keras

    for layer in network.layers:
        if layer.name in RESERVED:
            raise InvalidInputError(
                f"model.backbone {name} calls a layer {layer.name!r}, as the twin calls one of its "
                f"own; give it another name"
            )
        if isinstance(layer, keras.Model):
            raise InvalidInputError(
                f"model.backbone {name} calls the model {layer.name!r} inside; the twin must be "
                f"one flat graph: build that model with input_tensor=pixels and use its .output, "
                f"or call its layers one after the other"
            )
        if isinstance(layer, keras.layers.Lambda):
            raise InvalidInputError(
                f"model.backbone {name} uses the Lambda layer {layer.name!r}, whose code cannot "
                f"be saved safely; use keras.ops on the tensor instead"
            )
    try:
        foreign = sorted(set(_foreign(keras.saving.serialize_keras_object(network))))
        if not foreign:
            keras.Model.from_config(network.get_config())
    except Exception as error:  # a layer's own get_config may raise anything
        raise InvalidInputError(
            f"model.backbone {name} builds a network that cannot be saved and loaded again: {error}"
        ) from error
    if foreign:
        raise InvalidInputError(
            f"model.backbone {name} uses {', '.join(foreign)}, expected only layers and functions "
            f"of Keras itself: the twin must load without your code; put it together from "
            f"keras.layers and keras.ops"
        )


def _foreign(config: Any) -> Iterator[str]:
    """Names of the classes and functions in a Keras configuration that are not Keras' own."""
    if isinstance(config, dict):
        if config.get("class_name") == "function":
            yield str(config.get("config"))
        elif "class_name" in config and "module" in config:
            module = str(config["module"] or config.get("registered_name"))
            if module.partition(".")[0] not in ("keras", "builtins", "None"):
                yield f"{module}.{config['class_name']}"
        for value in config.values():
            yield from _foreign(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _foreign(value)
