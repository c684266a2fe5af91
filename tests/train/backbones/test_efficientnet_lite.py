import keras
import numpy as np


def test_it_has_as_many_weights_as_the_published_one(build):
    net = build("efficientnet-lite0", 224)
    # tensorflow/tpu, efficientnet_lite_builder_test.py: 4,652,008 with a classifier of 1,000.
    trainable = sum(int(np.prod(weight.shape)) for weight in net.trainable_weights)
    assert trainable == 4_652_008 - (1280 * 1000 + 1000)
    assert net.output_shape == (None, 7, 7, 1280)


def test_width_scales_neither_stem_nor_head(build):
    net = build("efficientnet-lite0", 32, width=0.5, halvings=3)
    assert net.get_layer("stem").filters == 32
    assert net.output_shape == (None, 4, 4, 1280)
    assert net.get_layer("block1_project").filters == 16  # 24 halved is 12, rounded up


def test_it_is_made_for_eight_bits(build):
    kinds = {type(layer) for layer in build("efficientnet-lite0", 32).layers}
    layers = keras.layers
    assert kinds == {
        layers.InputLayer,
        layers.Conv2D,
        layers.DepthwiseConv2D,
        layers.BatchNormalization,
        layers.ReLU,
        layers.Add,
    }
