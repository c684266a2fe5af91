"""The twin: uint8 pixels in, one raw embedding out, as one flat graph."""

from typing import TYPE_CHECKING

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import Backbone, chosen_backbone
from twinlet_train.settings import ModelConfig
from twinlet_train.weights import AUTO, IMAGENET, NO_WEIGHTS

if TYPE_CHECKING:
    import keras


def build_twin(config: ModelConfig, contract: InputContract, *, seed: int) -> "keras.Model":
    """Build an untrained twin (its backbone may carry ready weights).

    Pixel normalisation is inside, so no client can get it wrong; L2 normalisation is outside,
    since quantized files lose accuracy on it.

    Args:
        config: Backbone, weights, embedding size, batch-normalisation momentum.
        contract: Size and channels of the images.
        seed: Of the random weights.

    Returns:
        A model named "twin" from "pixels" uint8 (n, h, w, c) to "embedding" float32 (n, d),
        not normalised.

    Raises:
        InvalidInputError: An unknown backbone, images it does not take, unusable weights.
    """
    import keras

    backbone = chosen_backbone(config.backbone)
    _check_images(config.backbone, backbone, contract)
    shape = (contract.height, contract.width, contract.channels)
    pixels = keras.Input(shape, dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, offset=-1.0, name="normalise")(pixels)
    features = backbone.build(x)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    embedding = keras.layers.Dense(config.embedding, name="embedding")(pooled)
    twin = keras.Model(pixels, embedding, name="twin")
    _seed_weights(twin, seed)
    source = _source(config, backbone)
    if source != NO_WEIGHTS:
        if backbone.ready is None:
            raise InvalidInputError(
                f"{config.backbone} has no ready weights, got model.weights={source}; "
                f"set model.weights=none"
            )
        keras.Model(pixels, features).set_weights(backbone.ready(source))
    for layer in twin.layers:
        # Keras' MobileNetV2 keeps 0.999: with a few hundred steps the moving statistics lag
        # behind and validation looks far worse than training.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = config.bn_momentum
    return twin


def _source(config: ModelConfig, backbone: Backbone) -> str:
    if config.weights == AUTO:
        return IMAGENET if backbone.ready else NO_WEIGHTS
    return config.weights


def _check_images(name: str, backbone: Backbone, contract: InputContract) -> None:
    small = min(contract.height, contract.width) < backbone.smallest
    if small or backbone.channels not in (None, contract.channels):
        raise InvalidInputError(
            f"{name} takes images of at least {backbone.smallest}x{backbone.smallest} pixels with "
            f"{backbone.channels or 'any number of'} channels, got {contract.height}x"
            f"{contract.width}x{contract.channels}; set data.size={backbone.smallest} or more, "
            f"or another model.backbone"
        )


def _seed_weights(twin: "keras.Model", seed: int) -> None:
    """Draw every kernel anew from a seed of its own, without touching a global generator."""
    for index, layer in enumerate(twin.layers):
        for kernel, name in (("kernel", "kernel_initializer"), ("kernel", "depthwise_initializer")):
            initializer = getattr(layer, name, None)
            variable = getattr(layer, kernel, None)
            if initializer is None or variable is None or not hasattr(initializer, "seed"):
                continue
            settings = {**initializer.get_config(), "seed": seed * 100_003 + index}
            variable.assign(type(initializer).from_config(settings)(variable.shape))
