"""The twin as one function without variables, which both converters start from."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

INPUT = "pixels"
OUTPUT = "embedding"


def frozen_module(twin: "keras.Model") -> Any:
    """Trace the twin and turn its weights into constants.

    Converting the Keras model itself goes over a SavedModel with hundreds of variables, which
    takes three times as long, and some of them end up as variables of the TFLite file.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).

    Returns:
        A `tf.Module` whose `serve` is a `tf.function` from "pixels", any number of images, to
        {"embedding"}.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    signature = [tf.TensorSpec((None, *twin.input_shape[1:]), tf.uint8, name=INPUT)]
    traced = tf.function(lambda pixels: twin(pixels, training=False), input_signature=signature)
    constant = convert_variables_to_constants_v2(traced.get_concrete_function())

    module = tf.Module()
    module.serve = tf.function(
        lambda pixels: {OUTPUT: tf.nest.flatten(constant(pixels))[0]}, input_signature=signature
    )
    return module
