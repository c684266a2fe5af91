"""Batch normalisation in one operator, for training on TensorFlow.

Keras 3 computes it from a mean, a variance and elementwise operators, each of which reads and
writes the whole feature map; TensorFlow has one operator for all of it and one for its gradient.
"""

from typing import Any

import keras

INPUTS = 4  # axes (n, h, w, c), which the operator takes


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """What `keras.layers.BatchNormalization` computes, faster; for training only."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (n, h, w, c) over all but the last axis, and move the statistics."""
        if not (training and self.trainable) or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        channels = (inputs.shape[-1],)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            keras.ops.cast(self.gamma, "float32") if self.scale else tf.ones(channels),
            keras.ops.cast(self.beta, "float32") if self.center else tf.zeros(channels),
            epsilon=self.epsilon,
        )
        # The operator gives the variance of n - 1; Keras keeps that of n.
        count = keras.ops.cast(tf.size(inputs) // channels[0], "float32")
        variance *= (count - 1.0) / count
        for kept, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept.assign(kept * self.momentum + now * (1.0 - self.momentum))
        return outputs


def is_fusible(layer: keras.layers.BatchNormalization) -> bool:
    """Whether `FusedBatchNormalization` can stand in for a layer."""
    axis, rank = layer.axis, len(layer.input.shape)
    return rank == INPUTS and axis in (-1, rank - 1) and not (layer.synchronized or layer.renorm)
