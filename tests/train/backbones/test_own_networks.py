"""The networks of this house: tiny, small and resnet-small."""

import keras
import numpy as np
import pytest

SIZES = {
    # weights, channels of the features, halvings
    "tiny": (47_056, 128, 2),
    "small": (397_168, 128, 3),
    "resnet-small": (1_210_592, 256, 3),
}


@pytest.mark.parametrize("name", SIZES)
def test_size(build, name):
    weights, channels, halvings = SIZES[name]
    net = build(name, 32)
    assert net.count_params() == weights
    assert net.output_shape == (None, 32 >> halvings, 32 >> halvings, channels)


@pytest.mark.parametrize("name", SIZES)
def test_options(build, name):
    weights, channels, _ = SIZES[name]
    net = build(name, 32, channels=1, width=0.5, halvings=1)
    assert net.output_shape == (None, 16, 16, channels // 2)
    assert weights / 5 < net.count_params() < weights / 2  # kernels shrink by the square


@pytest.mark.parametrize("name", SIZES)
def test_they_are_made_for_eight_bits(build, name):
    layers = keras.layers
    kinds = {type(layer) for layer in build(name, 32).layers}
    assert kinds <= {
        layers.InputLayer,
        layers.Conv2D,
        layers.DepthwiseConv2D,
        layers.BatchNormalization,
        layers.ReLU,
        layers.Add,
    }


@pytest.mark.parametrize("name", ["small", "resnet-small"])
def test_a_fresh_block_gives_its_shortcut(build, name):
    net = build(name, 16)
    second = net.get_layer("stage1_block1_second_bn")
    assert not np.any(np.asarray(second.gamma))
