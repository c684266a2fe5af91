"""Activations that tf_keras lacks, or has with another meaning, as Keras 3 computes them."""

import contextlib
from collections.abc import Callable
from typing import Any


def hard_gate(x: Any) -> Any:
    """`relu6(x + 3) / 6`, Keras 3's hard_sigmoid; the one of tf_keras has the slope 1/5."""
    import tensorflow as tf

    return tf.nn.relu6(x + 3.0) * (1.0 / 6.0)


def hard_swish(x: Any) -> Any:
    """`x * relu6(x + 3) / 6` (Howard et al. 2019, arXiv:1905.02244)."""
    return x * hard_gate(x)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "hard_sigmoid": hard_gate,
    "hard_silu": hard_swish,
    "hard_swish": hard_swish,
}


def activations_known() -> contextlib.AbstractContextManager[Any]:
    """Let tf_keras find these activations by name, as cloning a network asks for."""
    import tf_keras

    functions = {function.__name__: function for function in (hard_gate, hard_swish)}
    scope: contextlib.AbstractContextManager[Any] = tf_keras.utils.custom_object_scope(functions)
    return scope
