"""Moving statistics become a mean over many batches, and their layers stay what they were."""

import numpy as np
import pytest
import tf_keras

from twinlet_export.aware.statistics import FIRST, momentum_at, settling


def test_momentum_follows_first_and_then_takes_the_mean():
    steps = 1000
    momenta = [momentum_at(done, done / steps, 0.7) for done in range(steps)]
    assert momenta[0] == momenta[700] == FIRST
    # k / (k + 1): 0.9 until ten of the last 300 batches are in it
    assert momenta[900] == pytest.approx(200 / 201, rel=1e-3)
    assert momenta[-1] == pytest.approx(299 / 300, rel=1e-3)


def test_without_settling_momentum_stays():
    assert {momentum_at(done, done / 10, 1.0) for done in range(11)} == {FIRST}


def test_statistics_are_those_of_many_batches_in_a_compiled_step():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    layer = tf_keras.layers.BatchNormalization(momentum=0.5)
    network = tf_keras.Sequential([tf_keras.Input((4, 4, 3)), layer])

    @tf.function
    def step(images):
        return network(images, training=True)

    means = []
    with settling(network, 0.7) as settle:
        for done in range(100):
            settle(done, done / 100)
            images = rng.normal(size=(8, 4, 4, 3)).astype(np.float32) + 3.0
            means.append(images.mean(axis=(0, 1, 2)))
            step(images)
            assert len(layer.weights) == 4
    assert layer.momentum == 0.5
    moving = layer.moving_mean.numpy()
    late = np.mean(means[71:], axis=0)
    assert np.abs(moving - late).max() < 0.5 * np.abs(means[-1] - late).max()
    np.testing.assert_allclose(moving, late, atol=0.02)


def test_layers_wrapped_by_tfmot_settle_too():
    import tensorflow_model_optimization as tfmot

    layers = tf_keras.layers
    network = tf_keras.Sequential(
        [tf_keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.BatchNormalization()]
    )
    wrapped = tfmot.quantization.keras.quantize_model(network)
    inner = [getattr(layer, "layer", layer) for layer in wrapped.layers]
    (found,) = [layer for layer in inner if "BatchNormalization" in type(layer).__name__]
    with settling(wrapped, 0.7) as settle:
        settle(100, 1.0)
        assert float(found.momentum) == pytest.approx(30 / 31)
    assert found.momentum == 0.99
