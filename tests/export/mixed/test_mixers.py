"""A file is quantized again and again, each time but for the layers named."""

import numpy as np
import onnx
import pytest

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet.errors import InvalidInputError
from twinlet_export.building import Builder
from twinlet_export.mixed.mixers import TfliteMixer, _tflite_operators

NAMES = ("litert-int8", "onnx-int8")


@pytest.fixture(scope="module")
def builder(hurt, faces):
    return Builder(hurt, faces.images[::6])


@pytest.fixture(scope="module")
def mixers(builder):
    return {name: builder.mixer(name) for name in NAMES}


def embed(name, model, images):
    return open_engine(FILE_NAMES[name].engine, model).embed(images)


def operators_of(mixer, *words):
    return frozenset(
        operator
        for layer in mixer.layers
        if any(word in layer.name for word in words)
        for operator in layer.operators
    )


@pytest.mark.parametrize("name", NAMES)
def test_with_nothing_kept_it_is_the_plain_file(name, mixers, builder, faces):
    ours = embed(name, mixers[name].build(frozenset()), faces.images)
    np.testing.assert_array_equal(ours, embed(name, builder.build(name), faces.images))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_layers_give_the_same_bytes(name, mixers):
    keep = operators_of(mixers[name], "wide", "reader")
    assert mixers[name].build(keep) == mixers[name].build(keep)


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_found_in_their_order(name, mixers):
    layers = [layer.name for layer in mixers[name].layers]
    places = [
        next(place for place, layer in enumerate(layers) if word in layer)
        for word in ("rescaling", "wide", "reader", "last")
    ]
    assert places == sorted(places)
    # Two of the rescaling, three convolutions, a dense one; what computes shapes is no layer.
    # ONNX moves channels back before the dense layer, behind the last convolution.
    assert len(layers) - sum("flatten" in layer for layer in layers) in (6, 7)
    by_name = {layer.name: layer for layer in mixers[name].layers}
    (reader,) = by_name[layers[places[1]]].readers
    assert reader == layers[places[2]]


@pytest.mark.parametrize("name", NAMES)
def test_with_all_kept_it_computes_the_twin(name, mixers, hurt, faces):
    keep = frozenset(operator for layer in mixers[name].layers for operator in layer.operators)
    found = embed(name, mixers[name].build(keep), faces.images)
    expected = np.asarray(hurt(faces.images, training=False))
    # Of the float32 sums only the order differs: 1e-6 of terms that are up to 1e4 times larger.
    assert np.abs(found - expected).max() < 1e-2 * np.abs(expected).max()


def test_between_two_kept_layers_nothing_is_rounded_in_tflite(mixers):
    mixer = mixers["litert-int8"]
    kinds = {
        operator.outputs[0]: operator.kind
        for operator in _tflite_operators(mixer.build(operators_of(mixer, "wide", "reader")))
    }
    operators = {
        operator.name.split("/")[1]: operator
        for operator in _tflite_operators(mixer.build(operators_of(mixer, "wide", "reader")))
        if operator.kind == "CONV_2D"
    }
    # In 8 bits "last" gives no floats, so it is not among them.
    assert sorted(operators) == ["reader_1", "wide_1"]
    assert kinds[operators["reader_1"].inputs[0]] == "CONV_2D"
    assert kinds[operators["wide_1"].inputs[0]] != "CONV_2D"


def test_between_two_kept_layers_nothing_is_rounded_in_onnx(mixers):
    mixer = mixers["onnx-int8"]
    graph = onnx.load_from_string(mixer.build(operators_of(mixer, "wide", "reader"))).graph
    source = {node.output[0]: node for node in graph.node}
    wide, reader, last = [node for node in graph.node if node.op_type == "Conv"]
    assert source[reader.input[0]].op_type == "Relu"
    assert source[source[reader.input[0]].input[0]].name == wide.name
    assert source[last.input[0]].op_type == "DequantizeLinear"
    assert source[last.input[1]].op_type == "DequantizeLinear"  # its weights are integers


def test_it_needs_images(hurt, faces):
    with pytest.raises(InvalidInputError, match=r"int8 needs representative images .* got none"):
        TfliteMixer(hurt, faces.images[:0])


def test_the_quantizer_is_quiet_and_the_rest_is_said(mixers, capfd):
    mixers["litert-int8"].build(frozenset())
    assert "fully_quantize" not in capfd.readouterr().err
