"""MobileNetV3-Small and -Large (Howard et al. 2019, arXiv:1905.02244, tables 1 and 2)."""

from typing import TYPE_CHECKING, Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.inverted_residual import InvertedResidual
from twinlet_train.backbones.layers import convolved, hard_swish, relu
from twinlet_train.backbones.plan import remaining_strides, scaled
from twinlet_train.weights import ReadyWeights

if TYPE_CHECKING:
    import keras

# Kernel, expansion, channels, squeeze-and-excitation, hard swish, stride of each block.
Rows = tuple[tuple[int, float, int, bool, bool, int], ...]
SMALL: Rows = (
    (3, 1, 16, True, False, 2),
    (3, 72 / 16, 24, False, False, 2),
    (3, 88 / 24, 24, False, False, 1),
    (5, 4, 40, True, True, 2),
    (5, 6, 40, True, True, 1),
    (5, 6, 40, True, True, 1),
    (5, 3, 48, True, True, 1),
    (5, 3, 48, True, True, 1),
    (5, 6, 96, True, True, 2),
    (5, 6, 96, True, True, 1),
    (5, 6, 96, True, True, 1),
)
LARGE: Rows = (
    (3, 1, 16, False, False, 1),
    (3, 4, 24, False, False, 2),
    (3, 3, 24, False, False, 1),
    (5, 3, 40, True, False, 2),
    (5, 3, 40, True, False, 1),
    (5, 3, 40, True, False, 1),
    (3, 6, 80, False, True, 2),
    (3, 2.5, 80, False, True, 1),
    (3, 2.3, 80, False, True, 1),
    (3, 2.3, 80, False, True, 1),
    (3, 6, 112, True, True, 1),
    (3, 6, 112, True, True, 1),
    (5, 6, 160, True, True, 2),
    (5, 6, 160, True, True, 1),
    (5, 6, 160, True, True, 1),
)
STEM_STRIDE = 2
HALVINGS = 5


def mobilenet_v3_small(pixels: Any, options: BackboneOptions) -> Any:
    """MobileNetV3-Small without its classifier, (n, h, w, c) -> (n, h/32, w/32, 576).

    0.9 million weights at width 1.0. Computes what `keras.applications.MobileNetV3Small` does
    with `include_preprocessing=False`, weights in the same order.
    """
    return _mobilenet_v3(pixels, SMALL, options)


def mobilenet_v3_large(pixels: Any, options: BackboneOptions) -> Any:
    """MobileNetV3-Large without its classifier, (n, h, w, c) -> (n, h/32, w/32, 960).

    3.0 million weights at width 1.0; see `mobilenet_v3_small`.
    """
    return _mobilenet_v3(pixels, LARGE, options)


def _mobilenet_v3(pixels: Any, rows: Rows, options: BackboneOptions) -> Any:
    strides = remaining_strides([STEM_STRIDE, *(row[-1] for row in rows)], options.halvings)
    x = hard_swish(convolved(pixels, 16, name="stem", kernel=3, stride=strides[0]), "stem")
    for index, (row, stride) in enumerate(zip(rows, strides[1:], strict=True)):
        kernel, expansion, channels, squeeze, swish, designed = row
        block = InvertedResidual(
            scaled(channels, options.width),
            widened=scaled(x.shape[-1] * expansion),
            kernel=kernel,
            stride=stride,
            # As designed, also where the stride is given up: trained weights expect it.
            shortcut=designed == 1,
            squeeze=squeeze,
            activation=hard_swish if swish else relu,
        )
        x = block(x, f"block{index}")
    return hard_swish(convolved(x, scaled(6 * x.shape[-1]), name="head"), "head")


def _small(width: float, shape: tuple[int, int, int], weights: str | None) -> "keras.Model":
    import keras

    return keras.applications.MobileNetV3Small(
        input_shape=shape,
        alpha=width,
        include_top=False,
        weights=weights,
        include_preprocessing=False,
    )


def _large(width: float, shape: tuple[int, int, int], weights: str | None) -> "keras.Model":
    import keras

    return keras.applications.MobileNetV3Large(
        input_shape=shape,
        alpha=width,
        include_top=False,
        weights=weights,
        include_preprocessing=False,
    )


READY_SMALL = ReadyWeights("MobileNetV3-Small", _small, widths=(0.75, 1.0))
READY_LARGE = ReadyWeights("MobileNetV3-Large", _large, widths=(0.75, 1.0))
