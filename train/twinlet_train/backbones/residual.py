"""Networks of dense 3x3 convolutions with shortcuts, for images of some 32 pixels.

The blocks are those of ResNet (He et al. 2015, arXiv:1512.03385). A dense convolution trains
several times faster on a CPU than a depthwise one of the same number of multiplications, and
with plain ReLU it loses little in 8 bits.
"""

from collections.abc import Sequence
from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.layers import convolved, relu
from twinlet_train.backbones.plan import remaining_strides, scaled

Stages = Sequence[tuple[int, int]]  # channels and blocks; each stage halves the image


def residual_network(pixels: Any, stem: int, stages: Stages, options: BackboneOptions) -> Any:
    """Build a stem that keeps the size and stages that halve it once each."""
    strides = remaining_strides([2] * len(stages), options.halvings)
    x = relu(convolved(pixels, scaled(stem, options.width), name="stem", kernel=3), "stem")
    for number, ((channels, blocks), stride) in enumerate(zip(stages, strides, strict=True)):
        for place in range(blocks):
            name = f"stage{number + 1}_block{place + 1}"
            x = _block(x, scaled(channels, options.width), 1 if place else stride, name)
    return x


def _block(x: Any, filters: int, stride: int, name: str) -> Any:
    import keras

    inner = relu(
        convolved(x, filters, name=f"{name}_first", kernel=3, stride=stride), f"{name}_first"
    )
    # A block that starts as its shortcut lets a short training begin with a high rate
    # (Goyal et al. 2017, arXiv:1706.02677, section 5.1).
    inner = convolved(inner, filters, name=f"{name}_second", kernel=3, fresh="zeros")
    if stride != 1 or x.shape[-1] != filters:
        x = convolved(x, filters, name=f"{name}_shortcut", stride=stride)
    return relu(keras.layers.Add(name=f"{name}_add")([x, inner]), name)
