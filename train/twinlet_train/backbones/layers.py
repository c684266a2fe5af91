"""Convolution with batch normalisation, the brick of every network here."""

from typing import Any


def relu(x: Any, name: str) -> Any:
    """max(0, x)."""
    import keras

    return keras.layers.ReLU(name=f"{name}_relu")(x)


def relu6(x: Any, name: str) -> Any:
    """min(6, max(0, x)): a range known in advance, as 8-bit files like it."""
    import keras

    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def hard_swish(x: Any, name: str) -> Any:
    """X * relu6(x + 3) / 6 (Howard et al. 2019, arXiv:1905.02244)."""
    import keras

    return keras.layers.Activation("hard_swish", name=f"{name}_hard_swish")(x)


def convolved(x: Any, filters: int, *, name: str, kernel: int = 1, stride: int = 1) -> Any:
    """Convolution and batch normalisation, (n, h, w, c) -> (n, h / stride, w / stride, filters).

    Args:
        x: A tensor.
        filters: Channels of the result.
        name: Of the layers.
        kernel: Side of the kernel.
        stride: Of the convolution.
    """
    import keras

    x = keras.layers.Conv2D(
        filters, kernel, strides=stride, padding="same", use_bias=False, name=name
    )(x)
    return _normalised(x, name)


def depthwise(x: Any, *, name: str, kernel: int = 3, stride: int = 1) -> Any:
    """Depthwise convolution and batch normalisation, (n, h, w, c) -> (n, h/stride, w/stride, c).

    The padding "same" is for stride 2 what Keras' own networks write as a ZeroPadding2D and
    "valid": one row and column less before than after, for even sizes.
    """
    import keras

    x = keras.layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", use_bias=False, name=name
    )(x)
    return _normalised(x, name)


def _normalised(x: Any, name: str) -> Any:
    import keras

    # Epsilon 1e-3 as in the published MobileNets, whose weights would not fit another.
    return keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)
