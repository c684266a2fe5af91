"""Layers that compute the same in less time, for training on the backend in use."""

from typing import Any

import keras

from twinlet_train.fused import FusedBatchNormalization, is_fusible
from twinlet_train.products import PointwiseProduct, SummedDepthwiseConv2D, is_product, is_summable

Kind = type[keras.layers.Layer]


def quicker(twin: keras.Model) -> keras.Model:
    """Copy a twin with the layers that this backend trains quickest.

    Args:
        twin: A flat model; it stays as it is.

    Returns:
        A model with weights of its own, in the order of the twin's: `set_weights` carries them
        either way.
    """
    kind_of = _under_jax if keras.backend.backend() == "jax" else _under_tensorflow

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        return kind_of(layer).from_config(layer.get_config())

    copy: keras.Model = keras.models.clone_model(twin, clone_function=copied)
    copy.set_weights(twin.get_weights())
    return copy


def _under_tensorflow(layer: Any) -> Kind:
    kind = type(layer)
    if kind is keras.layers.BatchNormalization and is_fusible(layer):
        return FusedBatchNormalization
    return kind


def _under_jax(layer: Any) -> Kind:
    kind = type(layer)
    if kind is keras.layers.DepthwiseConv2D and is_summable(layer):
        return SummedDepthwiseConv2D
    if kind is keras.layers.Conv2D and is_product(layer):
        return PointwiseProduct
    return kind
