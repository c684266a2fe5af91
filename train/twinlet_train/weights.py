"""Ready weights of backbones: downloaded by Keras, or read from a local file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from twinlet.errors import InvalidInputError

AUTO = "auto"
IMAGENET = "imagenet"
NO_WEIGHTS = "none"

ReadyWeights = Callable[[str], list[Any]]  # source -> Keras' weight list

# Of the images the published weights were trained on. Convolutions do not depend on it; Keras
# warns at any other.
PUBLISHED_SHAPE = (224, 224, 3)


def mobilenet_v2_weights(source: str) -> list[Any]:
    """Weights of MobileNetV2 without top, width 1.0, in the order of its layers.

    Args:
        source: "imagenet", which Keras downloads or has in its cache, or the path of a weights
            file (`.weights.h5`, or the `.h5` Keras itself publishes).

    Raises:
        InvalidInputError: No network, no such file, or a file of another network.
    """
    import keras

    def build(weights: str | None) -> keras.Model:
        return keras.applications.MobileNetV2(
            input_shape=PUBLISHED_SHAPE, include_top=False, weights=weights
        )

    if source == IMAGENET:
        try:
            return list(build(IMAGENET).get_weights())
        except Exception as error:  # Keras raises bare Exception when a download fails
            raise InvalidInputError(
                f"cannot get the ImageNet weights of MobileNetV2: {error}. Without a network, "
                f"name a weights file with --set model.weights=FILE or start from random "
                f"weights with --set model.weights=none"
            ) from error
    path = Path(source).expanduser()
    if not path.is_file():
        raise InvalidInputError(
            f"no weights file at {source}; expected a path, {IMAGENET} or {NO_WEIGHTS}"
        )
    net = build(None)
    try:
        net.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds for a foreign file
        raise InvalidInputError(
            f"{source} does not hold weights of MobileNetV2 without top (width 1.0): {error}"
        ) from error
    return list(net.get_weights())
