"""Feature extractors: from normalised pixels to a feature map.

Each builds onto a given tensor, so that the twin stays one flat graph: quantization-aware
training and the converters want no nested models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twinlet.errors import InvalidInputError
from twinlet_train.weights import ReadyWeights, mobilenet_v2_weights


@dataclass(frozen=True)
class Backbone:
    """A feature extractor and what it asks for."""

    build: Callable[[Any], Any]  # normalised pixels (n, h, w, c) in [-1, 1] -> feature map
    smallest: int  # side in pixels
    channels: int | None = None  # that it insists on
    ready: ReadyWeights | None = None  # where trained weights come from


def mobilenet_v2(pixels: Any) -> Any:
    """MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) without its classifier.

    It halves five times, (n, h, w, 3) -> (n, h/32, w/32, 1280): a 32-pixel input ends as one
    1x1 cell.
    """
    import keras

    return keras.applications.MobileNetV2(
        input_tensor=pixels, include_top=False, weights=None
    ).output


def tiny(pixels: Any) -> Any:
    """A small depthwise-separable network, (n, h, w, c) -> (n, h/4, w/4, 128).

    About 60,000 weights, for small images and small devices; the block is that of MobileNet
    (Howard et al. 2017, arXiv:1704.04861).
    """
    import keras

    layers = keras.layers

    def block(x: Any, filters: int, stride: int, name: str) -> Any:
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
        )(x)
        x = layers.BatchNormalization(name=f"{name}_depthwise_bn")(x)
        x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")(x)
        x = layers.BatchNormalization(name=f"{name}_project_bn")(x)
        return layers.ReLU(6.0, name=f"{name}_project_relu")(x)

    x = layers.Conv2D(32, 3, padding="same", use_bias=False, name="stem")(pixels)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.ReLU(6.0, name="stem_relu")(x)
    for index, (filters, stride) in enumerate([(48, 1), (64, 2), (96, 1), (128, 2), (128, 1)]):
        x = block(x, filters, stride, f"block{index + 1}")
    return x


BACKBONES = {
    "mobilenetv2": Backbone(mobilenet_v2, smallest=32, channels=3, ready=mobilenet_v2_weights),
    "tiny": Backbone(tiny, smallest=8),
}


def chosen_backbone(name: str) -> Backbone:
    """Look a backbone up by the name a configuration gives.

    Raises:
        InvalidInputError: There is none of that name.
    """
    if name not in BACKBONES:
        raise InvalidInputError(
            f"unknown model.backbone {name!r}; expected one of {', '.join(BACKBONES)}"
        )
    return BACKBONES[name]
