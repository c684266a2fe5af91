"""Convolutions as sums and products, for training under JAX.

XLA has no good kernel for the gradient of a depthwise convolution, on a CPU or on a GPU, and on a
GPU it tries every way of computing each convolution before the first step. Multiplications and
additions it fuses into one loop, and a matrix product needs no search.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("twinlet")
class SummedDepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """What `keras.layers.DepthwiseConv2D` computes: a sum over the kernel of moved images."""

    def call(self, inputs: Any) -> Any:
        """Convolve (n, h, w, c) channel by channel."""
        images, sizes = inputs, []
        for axis, (kernel, stride) in enumerate(zip(self.kernel_size, self.strides, strict=True)):
            images, size = self._padded(images, axis + 1, kernel, stride)
            sizes.append(size)
        images = ops.cast(images, "float32")  # sums, as a convolution's, in full precision
        weights = ops.cast(self.kernel, "float32")
        (rows, columns), (down, right) = sizes, self.strides
        total = 0.0
        for i in range(self.kernel_size[0]):
            for j in range(self.kernel_size[1]):
                moved = images[
                    :,
                    i : i + (rows - 1) * down + 1 : down,
                    j : j + (columns - 1) * right + 1 : right,
                ]
                total += moved * weights[i, j, :, 0]
        outputs = ops.cast(total, self.compute_dtype)
        if self.use_bias:
            outputs += self.bias
        return self.activation(outputs)

    def _padded(self, images: Any, axis: int, kernel: int, stride: int) -> tuple[Any, int]:
        """Pad one axis as asked for; give how many places the kernel has along it."""
        side = images.shape[axis]
        if self.padding == "valid":
            return images, (side - kernel) // stride + 1
        places = -(-side // stride)
        missing = max((places - 1) * stride + kernel - side, 0)
        widths = [(0, 0)] * 4
        widths[axis] = (missing // 2, missing - missing // 2)
        return ops.pad(images, widths), places


@keras.saving.register_keras_serializable("twinlet")
class PointwiseProduct(keras.layers.Conv2D):
    """What a `keras.layers.Conv2D` with a kernel of 1x1 computes, as a matrix product."""

    def call(self, inputs: Any) -> Any:
        """Multiply the channels of (n, h, w, c)."""
        outputs = ops.matmul(inputs, self.kernel[0, 0])
        if self.use_bias:
            outputs += self.bias
        return self.activation(outputs)


def is_summable(layer: keras.layers.DepthwiseConv2D) -> bool:
    """Whether `SummedDepthwiseConv2D` can stand in for a layer."""
    known = None not in layer.input.shape[1:]
    plain = layer.depth_multiplier == 1 and set(layer.dilation_rate) == {1}
    return known and plain and layer.data_format == "channels_last"


def is_product(layer: keras.layers.Conv2D) -> bool:
    """Whether `PointwiseProduct` can stand in for a layer."""
    single = set(layer.kernel_size) == set(layer.strides) == {1}
    return single and layer.groups == 1 and layer.data_format == "channels_last"
