"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, table 2)."""

from typing import TYPE_CHECKING, Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.inverted_residual import InvertedResidual
from twinlet_train.backbones.layers import convolved, relu6
from twinlet_train.backbones.plan import remaining_strides, scaled
from twinlet_train.weights import ReadyWeights

if TYPE_CHECKING:
    import keras

# Expansion, channels, blocks, stride of the first block.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
STEM_STRIDE = 2
HALVINGS = 5


def mobilenet_v2(pixels: Any, options: BackboneOptions) -> Any:
    """MobileNetV2 without its classifier, 2.3 million weights at width 1.0.

    It halves five times, (n, h, w, c) -> (n, h/32, w/32, 1280): a 32-pixel input would end as
    one 1x1 cell, with three halvings it ends as 4x4. Its weights come in the order of those of
    `keras.applications.MobileNetV2`, and it computes the same.
    """
    width = options.width
    strides = remaining_strides([STEM_STRIDE, *(stride for *_, stride in STAGES)], options.halvings)
    x = relu6(
        convolved(pixels, scaled(32, width), name="stem", kernel=3, stride=strides[0]), "stem"
    )
    index = 0
    for (expansion, channels, blocks, designed), stride in zip(STAGES, strides[1:], strict=True):
        filters = scaled(int(channels * width))
        for place in range(blocks):
            block = InvertedResidual(
                filters,
                widened=expansion * x.shape[-1],
                stride=1 if place else stride,
                # As designed, also where the stride is given up: trained weights expect it.
                shortcut=place > 0 or designed == 1,
            )
            x = block(x, f"block{index}")
            index += 1
    last = scaled(1280, max(1.0, width))
    return relu6(convolved(x, last, name="head"), "head")


def _published(width: float, shape: tuple[int, int, int], weights: str | None) -> "keras.Model":
    import keras

    return keras.applications.MobileNetV2(
        input_shape=shape, alpha=width, include_top=False, weights=weights
    )


READY = ReadyWeights("MobileNetV2", _published, widths=(0.35, 0.5, 0.75, 1.0, 1.3, 1.4))
