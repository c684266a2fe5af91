"""Networks of dense 3x3 convolutions, for images of some 32 pixels learnt from nothing.

The layout is that of the ResNet-9 which trains CIFAR-10 in minutes (Page 2018, How to train your
ResNet): each stage widens by a convolution, halves by taking the largest of 2x2, and may add a
block with a shortcut (He et al. 2015, arXiv:1512.03385). A dense convolution trains several times
faster on a CPU than a depthwise one of the same number of multiplications, and with plain ReLU it
loses little in 8 bits. The halving comes after the normalisation, so that a converter can fold
the latter into the convolution.
"""

from collections.abc import Sequence
from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.layers import convolved, relu
from twinlet_train.backbones.plan import remaining_strides, scaled

Stages = Sequence[tuple[int, int]]  # channels and blocks; each stage halves the image


def residual_network(pixels: Any, stem: int, stages: Stages, options: BackboneOptions) -> Any:
    """Build a stem that keeps the size and stages that halve it once each.

    Returns:
        The largest of each channel over the last feature map, (n, channels).
    """
    import keras

    strides = remaining_strides([2] * len(stages), options.halvings)
    x = relu(convolved(pixels, scaled(stem, options.width), name="stem", kernel=3), "stem")
    for number, ((channels, blocks), stride) in enumerate(zip(stages, strides, strict=True)):
        stage, filters = f"stage{number + 1}", scaled(channels, options.width)
        x = relu(convolved(x, filters, name=stage, kernel=3), stage)
        if stride > 1:
            x = keras.layers.MaxPooling2D(stride, name=f"{stage}_halve")(x)
        for place in range(blocks):
            x = _block(x, filters, f"{stage}_block{place + 1}")
    return keras.layers.GlobalMaxPooling2D(name="largest")(x)


def _block(x: Any, filters: int, name: str) -> Any:
    import keras

    inner = relu(convolved(x, filters, name=f"{name}_first", kernel=3), f"{name}_first")
    inner = relu(convolved(inner, filters, name=f"{name}_second", kernel=3), f"{name}_second")
    return keras.layers.Add(name=f"{name}_add")([x, inner])
