"""A very small depthwise-separable network for very small images."""

from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.layers import convolved, depthwise, relu6
from twinlet_train.backbones.plan import remaining_strides, scaled

# Channels and stride of each block.
BLOCKS = ((48, 1), (64, 2), (96, 1), (128, 2), (128, 1))
HALVINGS = 2


def tiny(pixels: Any, options: BackboneOptions) -> Any:
    """47,000 weights at width 1.0, (n, h, w, c) -> (n, h/4, w/4, 128).

    The block is that of MobileNet (Howard et al. 2017, arXiv:1704.04861).
    """
    strides = remaining_strides([stride for _, stride in BLOCKS], options.halvings)
    x = relu6(convolved(pixels, scaled(32, options.width), name="stem", kernel=3), "stem")
    for index, ((channels, _), stride) in enumerate(zip(BLOCKS, strides, strict=True)):
        name = f"block{index + 1}"
        x = depthwise(x, name=f"{name}_depthwise", stride=stride)
        x = relu6(x, f"{name}_depthwise")
        x = convolved(x, scaled(channels, options.width), name=f"{name}_project")
        x = relu6(x, f"{name}_project")
    return x
