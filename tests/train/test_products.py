"""Convolutions written as sums and products compute what Keras' own do, and so do their slopes."""

import keras
import numpy as np
import pytest
from keras import ops

from twinlet_train.products import (
    PointwiseProduct,
    SummedDepthwiseConv2D,
    is_product,
    is_summable,
)

SHAPE = (3, 9, 8, 5)


def images(seed=0):
    return np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)


def pair(kind, stand_in, **settings):
    own = kind(**settings)
    own.build(SHAPE)
    rng = np.random.default_rng(1)
    own.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in own.weights])
    other = stand_in.from_config(own.get_config())
    other.build(SHAPE)
    other.set_weights(own.get_weights())
    return own, other


def check_alike(own, other, gradient):
    np.testing.assert_allclose(
        ops.convert_to_numpy(other(images())), ops.convert_to_numpy(own(images())), atol=1e-4
    )
    kernels = [layer.kernel for layer in (own, other)]
    assert [kernel.shape for kernel in kernels[:1]] == [kernel.shape for kernel in kernels[1:]]
    slopes = [
        gradient(lambda x, layer=layer: ops.sum(layer(x) ** 3), images())[1]
        for layer in (own, other)
    ]
    np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5, (1, 4)])
def test_a_depthwise_convolution_is_a_sum(kernel, strides, padding, gradient):
    settings = {"kernel_size": kernel, "strides": strides, "padding": padding}
    own, other = pair(keras.layers.DepthwiseConv2D, SummedDepthwiseConv2D, **settings)
    check_alike(own, other, gradient)


def test_a_depthwise_convolution_keeps_bias_and_activation(gradient):
    settings = {"kernel_size": 3, "use_bias": False, "activation": "relu"}
    for changed in ({}, {"use_bias": True}):
        pairs = pair(keras.layers.DepthwiseConv2D, SummedDepthwiseConv2D, **settings | changed)
        check_alike(*pairs, gradient)


@pytest.mark.parametrize("settings", [{}, {"use_bias": False}, {"activation": "relu6"}])
def test_a_pointwise_convolution_is_a_product(settings, gradient):
    own, other = pair(keras.layers.Conv2D, PointwiseProduct, filters=4, kernel_size=1, **settings)
    check_alike(own, other, gradient)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_gives_half_precision(policy):
    for layer in (
        SummedDepthwiseConv2D(3, dtype=policy),
        PointwiseProduct(4, 1, dtype=policy),
    ):
        outputs = layer(images())
        assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
        assert {weight.dtype for weight in layer.weights} == {"float32"}


def test_what_they_cannot_stand_in_for():
    def behind(layer, shape=SHAPE[1:]):
        layer(keras.Input(shape))
        return layer

    assert is_summable(behind(keras.layers.DepthwiseConv2D(3)))
    assert not is_summable(behind(keras.layers.DepthwiseConv2D(3), (None, 8, 5)))
    assert not is_summable(behind(keras.layers.DepthwiseConv2D(3, dilation_rate=2)))
    assert not is_summable(behind(keras.layers.DepthwiseConv2D(3, depth_multiplier=2)))
    assert is_product(behind(keras.layers.Conv2D(4, 1)))
    assert not is_product(behind(keras.layers.Conv2D(4, 3)))
    assert not is_product(behind(keras.layers.Conv2D(4, 1, strides=2)))
    assert not is_product(behind(keras.layers.Conv2D(5, 1, groups=5)))
