"""Kernels rounded in tuning as both files round them: one range for each output channel."""

from typing import Any

# Integers of a kernel, from minus to plus so many: those that onnxruntime takes (see `integers`).
# The LiteRT file has room for twice as many, but uses every second one: rounding a second time what
# is rounded already, or tuning for one file and rounding for the other, costs points of FNMR.
LARGEST, LARGEST_DEPTHWISE = 63, 127
_OF_FILE = 127  # what the LiteRT file has for the end of a range


def rounded(kernel: Any, *, depthwise: bool) -> Any:
    """A kernel on the steps of its own largest numbers; gradients pass as if it were not rounded.

    tensorflow-model-optimization takes one range for each place of the last axis, which of a
    depthwise kernel (h, w, c, 1) is a single one: where batch normalisation makes up for channels
    of different size, the small ones round to nothing. The converters give each channel a scale.

    Args:
        kernel: Float32 (h, w, c, n), or (h, w, c, m) of a depthwise convolution, whose outputs are
            the pairs of the last two axes; (c, n) of a dense layer.
        depthwise: Which of them.

    Returns:
        The same shape. Channels of zeros stay zeros.

    Source:
        Jacob et al. 2018, arXiv:1712.05877; the TensorFlow Lite 8-bit quantization specification.
    """
    import tensorflow as tf

    together = list(range(len(kernel.shape) - (2 if depthwise else 1)))
    step = tf.reduce_max(tf.abs(kernel), axis=together, keepdims=True)
    step /= LARGEST_DEPTHWISE if depthwise else LARGEST
    stepped = tf.round(tf.math.divide_no_nan(kernel, step)) * step
    return kernel + tf.stop_gradient(stepped - kernel)


def with_steps_named(kernel: Any) -> Any:
    """What `rounded` gives, and for the converter of LiteRT files a range that has those steps.

    It would take the largest number for the end of its own steps, on which the others are not.
    (It does so with dense kernels: it cannot transpose one with such ranges. That is one layer,
    rounded twice in the LiteRT file.)

    Args:
        kernel: Of `rounded` and a plain convolution; of a depthwise one the converter finds them.

    Returns:
        The same numbers.
    """
    import tensorflow as tf

    largest = tf.reduce_max(tf.abs(kernel), axis=list(range(len(kernel.shape) - 1)))
    end = tf.where(largest > 0.0, largest, 1.0) * (_OF_FILE / (2 * LARGEST))
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(
        kernel, -end, end, num_bits=8, narrow_range=True
    )


def is_depthwise(kind: type) -> bool:
    """Whether a class of tf_keras layers has a depthwise kernel."""
    import tf_keras

    return issubclass(kind, tf_keras.layers.DepthwiseConv2D)


def per_channel_scheme() -> Any:
    """The 8-bit scheme of tensorflow-model-optimization, with kernels rounded by `rounded`.

    Such kernels need no variables for their ranges, which follow from the kernels.
    """
    import tf_keras
    from tensorflow_model_optimization.python.core.quantization.keras import quantizers
    from tensorflow_model_optimization.python.core.quantization.keras.default_8bit import (
        default_8bit_quantize_registry as registry,
    )
    from tensorflow_model_optimization.python.core.quantization.keras.default_8bit import (
        default_8bit_quantize_scheme as scheme,
    )

    class Rounding(quantizers.Quantizer):
        def __init__(self, depthwise: bool, named: bool) -> None:
            self._depthwise, self._named = depthwise, named

        def build(self, tensor_shape: Any, name: str, layer: Any) -> dict[str, Any]:
            return {}

        def __call__(self, inputs: Any, training: Any, weights: Any, **_: Any) -> Any:
            kernel = rounded(inputs, depthwise=self._depthwise)
            return with_steps_named(kernel) if self._named and not training else kernel

        def get_config(self) -> dict[str, Any]:
            return {"depthwise": self._depthwise, "named": self._named}

    layers = tf_keras.layers
    kernels = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)

    class Registry(registry.Default8BitQuantizeRegistry):
        def _get_quantize_config(self, layer_type: Any) -> Any:
            config = super()._get_quantize_config(layer_type)
            if layer_type in kernels:
                config.weight_quantizer = Rounding(
                    is_depthwise(layer_type), named=layer_type is layers.Conv2D
                )
            return config

    class Scheme(scheme.Default8BitQuantizeScheme):
        def get_quantize_registry(self) -> Any:
            return Registry()

    return Scheme()
