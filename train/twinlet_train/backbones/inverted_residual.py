"""The inverted residual block of the mobile networks: widen, look around, narrow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twinlet_train.backbones.layers import convolved, depthwise, relu, relu6
from twinlet_train.backbones.plan import scaled


@dataclass(frozen=True)
class InvertedResidual:
    """One block (Sandler et al. 2018, arXiv:1801.04381, figure 4d)."""

    filters: int  # of the result
    widened: int  # channels between the two pointwise convolutions
    kernel: int = 3
    stride: int = 1
    shortcut: bool = True  # add the input where it has the same channels
    squeeze: bool = False  # weigh the channels by squeeze-and-excitation
    activation: Callable[[Any, str], Any] = relu6

    def __call__(self, x: Any, name: str) -> Any:
        """Build the block onto a tensor (n, h, w, c) -> (n, h / stride, w / stride, filters)."""
        import keras

        channels = x.shape[-1]
        inner = x
        if self.widened != channels:
            inner = convolved(inner, self.widened, name=f"{name}_expand")
            inner = self.activation(inner, f"{name}_expand")
        inner = depthwise(inner, name=f"{name}_depthwise", kernel=self.kernel, stride=self.stride)
        inner = self.activation(inner, f"{name}_depthwise")
        if self.squeeze:
            inner = _excited(inner, f"{name}_squeeze")
        inner = convolved(inner, self.filters, name=f"{name}_project")
        if self.shortcut and channels == self.filters:
            return keras.layers.Add(name=f"{name}_add")([x, inner])
        return inner


def _excited(x: Any, name: str) -> Any:
    """Squeeze-and-excitation with a quarter of the channels (Howard et al. 2019, section 5.3).

    The hard sigmoid relu6(x + 3) / 6 is spelled out: Keras 2, which quantization-aware training
    goes through, has another function of that name.
    """
    import keras

    layers = keras.layers
    channels = x.shape[-1]
    weights = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
    weights = layers.Conv2D(scaled(channels / 4), 1, name=f"{name}_reduce")(weights)
    weights = relu(weights, f"{name}_reduce")
    weights = layers.Conv2D(channels, 1, name=f"{name}_restore")(weights)
    weights = layers.Rescaling(1.0, offset=[3.0] * channels, name=f"{name}_shift")(weights)
    weights = relu6(weights, f"{name}_restore")
    weights = layers.Rescaling(1.0 / 6.0, name=f"{name}_scale")(weights)
    return layers.Multiply(name=f"{name}_multiply")([x, weights])
