"""The twin as one function without variables, which both converters start from."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

INPUT = "pixels"
OUTPUT = "embedding"


def frozen_module(twin: "keras.Model") -> Any:
    """Trace the twin; see `frozen`."""
    return frozen(lambda pixels: twin(pixels, training=False), tuple(twin.input_shape[1:]))


def frozen(embed: Callable[[Any], Any], shape: tuple[int, ...]) -> Any:
    """Trace a network and turn its weights into constants.

    Converting the Keras model itself goes over a SavedModel with hundreds of variables, which
    takes three times as long, and some of them end up as variables of the TFLite file.

    Args:
        embed: Uint8 (n, h, w, c) to float32 (n, d), of TensorFlow.
        shape: (h, w, c).

    Returns:
        A `tf.Module` whose `serve` is a `tf.function` from "pixels", any number of images, to
        {"embedding"}.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    signature = [tf.TensorSpec((None, *shape), tf.uint8, name=INPUT)]
    traced = tf.function(embed, input_signature=signature)
    constant = convert_variables_to_constants_v2(traced.get_concrete_function())

    module = tf.Module()
    module.serve = tf.function(
        lambda pixels: {OUTPUT: tf.nest.flatten(constant(pixels))[0]}, input_signature=signature
    )
    return module
