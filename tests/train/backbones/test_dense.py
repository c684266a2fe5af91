"""The network for vectors."""

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import BACKBONES, BackboneOptions
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin


def made(shape, **options):
    backbone = BACKBONES["dense"]
    inputs = keras.Input(shape)
    resolved = backbone.resolved("dense", BackboneOptions(**options))
    return keras.Model(inputs, backbone.build(inputs, resolved))


@pytest.mark.parametrize("shape", [(1, 300, 1), (300, 1, 1), (10, 10, 3), (1, 1, 300)])
def test_size_follows_the_numbers_and_not_their_places(shape):
    net = made(shape)
    assert net.output_shape == (None, 1, 1, 256)
    # Two kernels, and four numbers of batch normalisation an output.
    assert net.count_params() == 300 * 256 + 256 * 256 + 2 * 4 * 256


def test_width():
    assert made((1, 300, 1), width=0.5).output_shape == (None, 1, 1, 128)


def test_it_is_two_dense_layers():
    net = made((1, 30, 1))
    rng = np.random.default_rng(0)
    net.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in net.get_weights()])
    x = rng.uniform(-1, 1, (4, 1, 30, 1)).astype(np.float32)
    expected = x.reshape(4, 30)
    for name in ("dense1", "dense2"):
        kernel = np.asarray(net.get_layer(name).kernel)[0, 0]
        gamma, beta, mean, variance = map(np.asarray, net.get_layer(f"{name}_bn").weights)
        expected = (expected @ kernel - mean) / np.sqrt(variance + 1e-3) * gamma + beta
        expected = np.maximum(expected, 0.0)
    # Sums of 256 terms in float32, in another order.
    found = np.asarray(net(x, training=False))
    np.testing.assert_allclose(found.reshape(4, 256), expected, rtol=1e-4, atol=1e-3)


def test_it_is_made_for_eight_bits():
    layers = keras.layers
    kinds = {type(layer) for layer in made((1, 300, 1)).layers}
    assert kinds == {
        layers.InputLayer,
        layers.Reshape,
        layers.Conv2D,
        layers.BatchNormalization,
        layers.ReLU,
    }


def test_halvings_are_refused():
    config = ModelConfig(backbone="dense", halvings=2)
    message = "dense never halves the image, got model.halvings=2; leave it at 0"
    with pytest.raises(InvalidInputError, match=message):
        build_twin(config, InputContract(1, 300, 1, color="L"), seed=0)
