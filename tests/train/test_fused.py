"""Fused batch normalisation computes what Keras' own does, forwards, backwards and over time."""

import keras
import numpy as np
import pytest

from twinlet_train.fused import FusedBatchNormalization

SHAPE = (6, 4, 5, 3)


def input_of(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(2.0, 3.0, SHAPE).astype(np.float32)


def pair(**settings):
    layers = []
    for kind in (keras.layers.BatchNormalization, FusedBatchNormalization):
        layer = kind(momentum=0.8, **settings)
        layer.build(SHAPE)
        rng = np.random.default_rng(1)
        for weight in layer.trainable_weights:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        layers.append(layer)
    return layers


@pytest.mark.parametrize(
    "settings", [{}, {"epsilon": 1e-5}, {"scale": False}, {"center": False}, {"trainable": False}]
)
def test_outputs_and_statistics_are_those_of_keras(settings):
    own, fused = pair(**settings)
    for seed in range(3):
        for training in (True, False):
            expected = np.asarray(own(input_of(seed), training=training))
            found = np.asarray(fused(input_of(seed), training=training))
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    for kept, expected in zip(fused.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_allclose(kept, expected, rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_keras():
    import tensorflow as tf

    found = []
    for layer in pair():
        x = tf.constant(input_of())
        with tf.GradientTape() as tape:
            tape.watch(x)
            outcome = tf.reduce_sum(layer(x, training=True) ** 3)
        sources = [x, *(weight.value for weight in layer.trainable_weights)]
        found.append([np.asarray(g) for g in tape.gradient(outcome, sources)])
    for own, fused in zip(*found, strict=True):
        np.testing.assert_allclose(fused, own, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_keeps_its_statistics_in_full(policy):
    layer = FusedBatchNormalization(dtype=policy)
    outputs = layer(input_of(), training=True)
    assert outputs.dtype.name == policy.removeprefix("mixed_")
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    mean = input_of().mean(axis=(0, 1, 2))
    np.testing.assert_allclose(np.asarray(layer.moving_mean), 0.01 * mean, rtol=1e-2)
