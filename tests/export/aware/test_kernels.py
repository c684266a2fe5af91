"""Kernels are rounded in tuning as the converters round them: each channel by itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from twinlet_export.aware.kernels import rounded, with_steps_named
from twinlet_export.aware.methods import QuantizationAware
from twinlet_export.aware.mirror import mirror
from twinlet_export.aware.ranges import set_ranges
from twinlet_export.to_tflite import aware_to_tflite


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def by_hand(channel, largest):
    """Round one channel to integers of which its largest number has the largest."""
    step = np.abs(channel).max() / largest
    return np.rint(channel / step) * step


def test_each_output_channel_has_its_own_steps(rng):
    uneven = np.logspace(0, -4, 5)
    kernel = (rng.normal(size=(3, 3, 4, 5)) * uneven).astype(np.float32)
    expected = np.stack([by_hand(kernel[..., n], 63) for n in range(5)], axis=-1)
    found = np.asarray(rounded(kernel, depthwise=False))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


def test_the_channels_of_a_depthwise_kernel_are_in_the_last_two_axes(rng):
    kernel = (rng.normal(size=(3, 3, 4, 2)) * np.logspace(0, -4, 4)[:, None]).astype(np.float32)
    expected = np.empty_like(kernel)
    for c in range(4):
        for m in range(2):
            expected[:, :, c, m] = by_hand(kernel[:, :, c, m], 127)
    found = np.asarray(rounded(kernel, depthwise=True))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-9)


def test_what_is_rounded_already_stays(rng):
    kernel = rng.normal(size=(3, 3, 4, 5)).astype(np.float32)
    kernel[..., 2] = 0.0
    once = np.asarray(rounded(kernel, depthwise=False))
    np.testing.assert_allclose(np.asarray(rounded(once, depthwise=False)), once, atol=1e-6)
    np.testing.assert_allclose(np.asarray(with_steps_named(once)), once, atol=1e-6)


def test_a_channel_of_zeros_stays_one():
    kernel = np.zeros((3, 2), np.float32)
    kernel[:, 1] = [1.0, -0.25, 0.0]
    found = np.asarray(rounded(kernel, depthwise=False))
    np.testing.assert_allclose(found, np.stack([[0, 0, 0], [1, -16 / 63, 0]], axis=1), atol=1e-7)


def test_gradients_pass_as_if_nothing_were_rounded(rng):
    kernel = tf.Variable(rng.normal(size=(3, 3, 4, 1)).astype(np.float32))
    weight = rng.normal(size=kernel.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(weight * rounded(kernel, depthwise=True))
    np.testing.assert_array_equal(np.asarray(tape.gradient(loss, kernel)), weight)


def test_the_file_has_exactly_the_kernels_that_tuning_computed_with(uneven, pixels):
    mirrored = mirror(uneven)
    method = QuantizationAware()
    network = method.wrapped(mirrored.network)
    set_ranges(network, mirrored.network, [np.asarray(mirrored.before(pixels))])

    def embed(images):
        return network(mirrored.before(images, training=False), training=False)

    found = kernels_of(aware_to_tflite(embed, (16, 16, 3)))
    weights = method.weights(network)
    for kind, bn in (
        (keras.layers.Conv2D, "first_bn"),
        (keras.layers.DepthwiseConv2D, "depthwise_bn"),
    ):
        layer = next(layer for layer in uneven.layers if type(layer) is kind)
        kernel = weights[layer.name][0]
        gamma, _, _, variance = weights[bn]
        factor = gamma / np.sqrt(variance + uneven.get_layer(bn).epsilon)
        # The file's axes: output, row, column, input; of a depthwise one: 1, row, column, output.
        if kind is keras.layers.Conv2D:
            expected = np.transpose(kernel * factor, (3, 0, 1, 2))
        else:
            expected = (kernel[..., 0] * factor)[np.newaxis]
        (same,) = [array for array in found if array.shape == expected.shape]
        np.testing.assert_allclose(same, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def kernels_of(model):
    """Constants of four dimensions of a TFLite file, as the numbers they stand for."""
    interpreter = Interpreter(model_content=model)
    found = []
    for detail in interpreter.get_tensor_details():
        scales = detail["quantization_parameters"]["scales"]
        if detail["dtype"] is not np.int8 or len(detail["shape"]) != 4 or len(scales) < 2:
            continue
        axis = detail["quantization_parameters"]["quantized_dimension"]
        spread = [-1 if place == axis else 1 for place in range(4)]
        integers = interpreter.get_tensor(detail["index"]).astype(np.float64)
        found.append(integers * scales.reshape(spread))
    return found
