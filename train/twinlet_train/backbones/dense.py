"""A network for vectors and other arrays whose neighbours mean nothing to each other."""

from math import prod
from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.layers import convolved, relu
from twinlet_train.backbones.plan import scaled

BLOCKS = (256, 256)  # outputs of each
HALVINGS = 0


def dense(pixels: Any, options: BackboneOptions) -> Any:
    """Two dense layers, (n, h, w, c) -> (n, 1, 1, 256).

    133,000 weights at width 1.0 for 256 numbers. A dense layer is written as the 1x1 convolution
    of a single cell that it is: then its batch normalisation folds into it in every file, and its
    8-bit weights have a scale for each output.
    """
    import keras

    x = keras.layers.Reshape((1, 1, prod(pixels.shape[1:])), name="flat")(pixels)
    for number, outputs in enumerate(BLOCKS, start=1):
        name = f"dense{number}"
        x = relu(convolved(x, scaled(outputs, options.width), name=name), name)
    return x
