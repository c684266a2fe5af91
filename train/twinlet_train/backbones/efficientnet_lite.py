"""EfficientNet-Lite0, made for 8-bit files.

An EfficientNet (Tan and Le 2019, arXiv:1905.11946, table 1) without squeeze-and-excitation, with
ReLU6 for swish, and with a stem and a head that no width scales (Google 2020, tensorflow/tpu,
models/official/efficientnet/lite).
"""

from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.inverted_residual import InvertedResidual
from twinlet_train.backbones.layers import convolved, relu6
from twinlet_train.backbones.plan import remaining_strides, scaled

# Expansion, kernel, channels, blocks, stride of the first block.
STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
STEM, HEAD = 32, 1280
STEM_STRIDE = 2
HALVINGS = 5


def efficientnet_lite0(pixels: Any, options: BackboneOptions) -> Any:
    """EfficientNet-Lite0 without its classifier, (n, h, w, c) -> (n, h/32, w/32, 1280).

    3.4 million weights at width 1.0. The published network was trained on (pixel - 127) / 128,
    which the twin's (pixel - 127.5) / 127.5 differs from by at most 0.008.
    """
    strides = remaining_strides([STEM_STRIDE, *(stride for *_, stride in STAGES)], options.halvings)
    x = relu6(convolved(pixels, STEM, name="stem", kernel=3, stride=strides[0]), "stem")
    index = 0
    for stage, stride in zip(STAGES, strides[1:], strict=True):
        expansion, kernel, channels, blocks, designed = stage
        for place in range(blocks):
            block = InvertedResidual(
                scaled(channels, options.width),
                widened=expansion * x.shape[-1],
                kernel=kernel,
                stride=1 if place else stride,
                shortcut=place > 0 or designed == 1,
            )
            x = block(x, f"block{index}")
            index += 1
    return relu6(convolved(x, HEAD, name="head"), "head")
