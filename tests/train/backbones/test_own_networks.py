"""The networks of this house: tiny, small and resnet-small."""

import keras
import pytest

SIZES = {
    # weights, shape of the features
    "tiny": (47_056, (None, 8, 8, 128)),
    "small": (412_784, (None, 128)),
    "resnet-small": (1_645_792, (None, 256)),
}


@pytest.mark.parametrize("name", SIZES)
def test_size(build, name):
    weights, features = SIZES[name]
    net = build(name, 32)
    assert net.count_params() == weights
    assert net.output_shape == features


@pytest.mark.parametrize("name", SIZES)
def test_options(build, name):
    weights, features = SIZES[name]
    net = build(name, 32, channels=1, width=0.5, halvings=1)
    assert net.output_shape[-1] == features[-1] // 2
    maps = [layer.output.shape for layer in net.layers if len(layer.output.shape) == 4]
    assert maps[-1][1:3] == (16, 16)
    assert weights / 5 < net.count_params() < weights / 2  # kernels shrink by the square


@pytest.mark.parametrize(("name", "halvings"), [("tiny", 2), ("small", 3), ("resnet-small", 3)])
def test_they_halve_the_image(build, name, halvings):
    maps = [layer.output.shape for layer in build(name, 32).layers if len(layer.output.shape) == 4]
    assert maps[-1][1:3] == (32 >> halvings, 32 >> halvings)


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
        layers.MaxPooling2D,
        layers.GlobalMaxPooling2D,
    }
