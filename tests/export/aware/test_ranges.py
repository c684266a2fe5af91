"""Quantization-aware training begins with the ranges that activations have."""

import numpy as np
import pytest
import tf_keras

from twinlet.backends import open_engine
from twinlet_export.aware.methods import QuantizationAware
from twinlet_export.aware.mirror import mirror
from twinlet_export.aware.ranges import measured, set_ranges
from twinlet_export.quantization import quantize_onnx
from twinlet_export.to_onnx import aware_to_onnx, to_onnx
from twinlet_export.to_tflite import aware_to_tflite, to_tflite


@pytest.fixture
def wrapped(twin, pixels):
    mirrored = mirror(twin)
    prepared = np.asarray(mirrored.before(pixels))
    return QuantizationAware().wrapped(mirrored.network), mirrored.network, prepared


def ranges_of(network):
    return {
        variable.name.partition(":")[0]: float(variable)
        for variable in network.variables
        if variable.shape == () and variable.name.partition(":")[0].endswith(("_min", "_max"))
    }


def test_a_rounded_network_begins_near_its_twin(wrapped, twin, pixels, cosines):
    network, plain, prepared = wrapped
    reference = np.asarray(twin(pixels, training=False))
    before = cosines(np.asarray(network(prepared, training=False)), reference).min()
    set_ranges(network, plain, [prepared[:32], prepared[32:]])
    after = cosines(np.asarray(network(prepared, training=False)), reference).min()
    assert after > max(before, 0.98)


def test_files_of_a_network_not_tuned_yet_are_as_near_the_twin_as_quantized_ones(
    uneven, pixels, cosines
):
    mirrored = mirror(uneven)
    network = QuantizationAware().wrapped(mirrored.network)
    set_ranges(network, mirrored.network, [np.asarray(mirrored.before(pixels))])

    def embed(images):
        return network(mirrored.before(images, training=False), training=False)

    expected = np.asarray(uneven(pixels, training=False))
    for engine, begun, quantized in (
        (
            "litert",
            aware_to_tflite(embed, (16, 16, 3)),
            to_tflite(uneven, "int8", representative=pixels),
        ),
        ("onnxruntime", aware_to_onnx(embed, (16, 16, 3)), quantize_onnx(to_onnx(uneven), pixels)),
    ):
        near, nearer = (
            np.median(cosines(open_engine(engine, model).embed(pixels), expected))
            for model in (begun, quantized)
        )
        # Kernels are tuned for steps twice as large as the LiteRT file could have: four times the
        # squared error, and a dense one is rounded once more. With one range for all channels of
        # the depthwise kernel it was a hundred times that: 0.990.
        assert nearer > 0.999
        assert near > 1.0 - 6.0 * (1.0 - nearer)


def test_every_activation_has_its_own_range_and_a_relu_begins_at_zero(wrapped):
    network, plain, prepared = wrapped
    begun = ranges_of(network)
    set_ranges(network, plain, [prepared])
    ranges = ranges_of(network)
    low = {name for name in ranges if name.endswith("_min") and "kernel" not in name}
    assert [name for name in low if ranges[name] == begun[name]] == []
    rectified = {f"quant_{one.name}" for one in plain.layers if type(one).__name__ == "ReLU"}
    relus = {ranges[name] for name in low if name.partition("/")[0] in rectified}
    assert relus == {0.0}


def test_what_is_measured_is_the_least_and_largest_of_all_batches(wrapped):
    _, network, prepared = wrapped
    halves = [measured(network, [half]) for half in (prepared[:32], prepared[32:])]
    for name, (low, high) in measured(network, [prepared[:32], prepared[32:]]).items():
        assert low == min(0.0, *(half[name][0] for half in halves))
        assert high == max(0.0, *(half[name][1] for half in halves))


def test_a_layer_that_gives_zeros_has_a_range_with_width():
    source = tf_keras.Input((2, 2, 1))
    x = tf_keras.layers.Conv2D(1, 1, kernel_initializer="zeros", name="nothing")(source)
    network = tf_keras.Model(source, tf_keras.layers.ReLU(name="relu")(x))
    found = measured(network, [np.full((1, 2, 2, 1), 3.0, np.float32)])
    assert found["nothing"] == found["relu"] == (0.0, 1.0)
    assert found[""] == (0.0, 3.0)
