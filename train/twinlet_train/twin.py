"""The twin: uint8 pixels in, one raw embedding out, as one flat graph."""

import contextlib
import logging
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import Backbone, BackboneOptions, chosen_backbone, chosen_options
from twinlet_train.settings import ModelConfig
from twinlet_train.weights import AUTO, IMAGENET, NO_WEIGHTS, load_weights_file

if TYPE_CHECKING:
    import keras

log = logging.getLogger("twinlet")


def build_twin(config: ModelConfig, contract: InputContract, *, seed: int) -> "keras.Model":
    """Build an untrained twin (its backbone may carry ready weights).

    Pixel normalisation is inside, so no client can get it wrong; L2 normalisation is outside,
    since quantized files lose accuracy on it.

    Args:
        config: Backbone and its options, weights, embedding size, batch-normalisation momentum.
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
    options = chosen_options(config, min(contract.height, contract.width))
    source = _source(config, backbone)
    _check_images(config.backbone, backbone.smallest(options), contract)
    shape = (contract.height, contract.width, contract.channels)
    pixels = keras.Input(shape, dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, offset=-1.0, name="normalise")(pixels)
    with _draws_from(seed):
        features = backbone.build(x, options)
        pooled = features
        if len(features.shape) == 4:
            pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
        embedding = keras.layers.Dense(config.embedding, dtype="float32", name="embedding")(pooled)
    twin = keras.Model(pixels, embedding, name="twin")
    _say_cells(config.backbone, options, features.shape)
    if backbone.own and config.weights == NO_WEIGHTS:
        _start_anew(keras.Model(pixels, features), seed)
    if not (backbone.own and config.weights == AUTO):  # which keeps what the function loaded
        _seed_weights(twin, seed)
    if source != NO_WEIGHTS:
        _load(keras.Model(pixels, features), config, backbone, source, contract)
    for layer in twin.layers:
        # Keras' MobileNetV2 keeps 0.999: with a few hundred steps the moving statistics lag
        # behind and validation looks far worse than training.
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = config.bn_momentum
    return twin


def _source(config: ModelConfig, backbone: Backbone) -> str:
    """Resolve "auto", and refuse what there is not."""
    ready = backbone.ready
    if config.weights == IMAGENET and ready is None:
        raise InvalidInputError(
            f"{config.backbone} has no ready weights, got model.weights={IMAGENET}; leave it at "
            f"{AUTO}, or name a file"
        )
    if config.weights != AUTO:
        return config.weights
    if ready is None:
        return NO_WEIGHTS
    if config.width not in ready.widths:
        log.info("no ready weights of %s at width %g: starts at random", ready.title, config.width)
        return NO_WEIGHTS
    return IMAGENET


def _load(
    network: "keras.Model",
    config: ModelConfig,
    backbone: Backbone,
    source: str,
    contract: InputContract,
) -> None:
    """Put ready weights into the network from pixels to features."""
    if backbone.ready is None:
        load_weights_file(network, source, config.backbone)
        return
    if contract.channels != backbone.ready.channels:
        raise InvalidInputError(
            f"the ready weights of {config.backbone} are for {backbone.ready.channels} channels, "
            f"got images with {contract.channels}; set data.channels={backbone.ready.channels}, "
            f"or model.weights=none"
        )
    network.set_weights(backbone.ready.read(source, config.width))


def _check_images(name: str, smallest: int, contract: InputContract) -> None:
    if min(contract.height, contract.width) < smallest:
        if contract.is_vector:
            raise InvalidInputError(
                f"{name} takes images of at least {smallest}x{smallest} pixels, got vectors, "
                f"{contract.height}x{contract.width}; set model.backbone=dense"
            )
        raise InvalidInputError(
            f"{name} takes images of at least {smallest}x{smallest} pixels, got {contract.height}x"
            f"{contract.width}; set data.size={smallest} or more, fewer model.halvings, or "
            f"another model.backbone"
        )


def _say_cells(name: str, options: BackboneOptions, shape: tuple[int, ...]) -> None:
    """Tell when nothing of the places in an image is left to average over."""
    if shape[1:3] == (1, 1) and options.halvings > 1:
        log.info(
            "%s turns each image into a single cell; model.halvings=%d would keep 2x2, at up to "
            "four times the work",
            name,
            options.halvings - 1,
        )


@contextlib.contextmanager
def _draws_from(seed: int) -> Iterator[None]:
    """Let initializers without a seed, as those in a user's function, draw theirs from this one.

    Keras takes such seeds from Python's generator, which goes on afterwards as if nothing was.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _start_anew(network: "keras.Model", seed: int) -> None:
    """Give all that a user's function built its first values, as if it had loaded nothing."""
    import keras

    with _draws_from(seed):
        network.set_weights(keras.models.clone_model(network).get_weights())


def _seed_weights(twin: "keras.Model", seed: int) -> None:
    """Draw every kernel anew from a seed of its own, without touching a global generator."""
    for index, layer in enumerate(twin.layers):
        for kernel, name in (("kernel", "kernel_initializer"), ("kernel", "depthwise_initializer")):
            initializer = getattr(layer, name, None)
            variable = getattr(layer, kernel, None)
            if initializer is None or variable is None or not hasattr(initializer, "seed"):
                continue
            settings = {**initializer.get_config(), "seed": (seed * 100_003 + index) % 2**31}
            variable.assign(type(initializer).from_config(settings)(variable.shape))
