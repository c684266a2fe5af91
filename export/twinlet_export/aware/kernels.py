"""Kernels rounded in tuning as both files round them: one range for each output channel."""

from typing import Any

LARGEST = 127  # integer of a channel's largest number, in 8 bits and symmetric
STRIDE = 2  # only every second integer is used, but in depthwise kernels


def rounded(kernel: Any, *, depthwise: bool) -> Any:
    """A kernel on the steps of its own largest numbers; gradients pass as if it were not rounded.

    tensorflow-model-optimization takes one range for each place of the last axis, which of a
    depthwise kernel (h, w, c, 1) is a single one: where batch normalisation makes up for channels
    of different size, the small ones round to nothing. The converters give each channel a scale.

    The ONNX file has room for 7 bits of a weight (see `integers`), and rounding what is rounded
    already cost four points of FNMR there. So kernels are tuned for every second integer of the
    8 bits of the LiteRT file: halved, they are the whole integers of the other. Only the largest
    number of a channel, which gives the scale, keeps 127, for which the other has 64.

    Args:
        kernel: Float32 (h, w, c, n), or (h, w, c, m) of a depthwise convolution, whose outputs are
            the pairs of the last two axes; (c, n) of a dense layer.
        depthwise: Which of them; depthwise ones have all 8 bits in both files.

    Returns:
        The same shape. Channels of zeros stay zeros.

    Source:
        Jacob et al. 2018, arXiv:1712.05877; the TensorFlow Lite 8-bit quantization specification.
    """
    import tensorflow as tf

    together = list(range(len(kernel.shape) - (2 if depthwise else 1)))
    sizes = tf.abs(kernel)
    largest = tf.reduce_max(sizes, axis=together, keepdims=True)
    step = largest / LARGEST
    stride = 1 if depthwise else STRIDE
    whole = stride * tf.round(tf.math.divide_no_nan(kernel, stride * step))
    stepped = tf.clip_by_value(whole, -LARGEST, LARGEST) * step
    # Exactly the largest, or the converter would find another scale.
    stepped = tf.where(sizes < largest, stepped, kernel)
    return kernel + tf.stop_gradient(stepped - kernel)


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
        def __init__(self, depthwise: bool) -> None:
            self._depthwise = depthwise

        def build(self, tensor_shape: Any, name: str, layer: Any) -> dict[str, Any]:
            return {}

        def __call__(self, inputs: Any, training: Any, weights: Any, **_: Any) -> Any:
            return rounded(inputs, depthwise=self._depthwise)

        def get_config(self) -> dict[str, Any]:
            return {"depthwise": self._depthwise}

    layers = tf_keras.layers
    kernels = (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)

    class Registry(registry.Default8BitQuantizeRegistry):
        def _get_quantize_config(self, layer_type: Any) -> Any:
            config = super()._get_quantize_config(layer_type)
            if layer_type in kernels:
                config.weight_quantizer = Rounding(is_depthwise(layer_type))
            return config

    class Scheme(scheme.Default8BitQuantizeScheme):
        def get_quantize_registry(self) -> Any:
            return Registry()

    return Scheme()
