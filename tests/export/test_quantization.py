"""The small ONNX files: near the twin, integers or halves inside, in forms that run fast."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto

from twinlet.errors import InvalidInputError
from twinlet_export.quantization import halve_onnx, quantize_onnx, quantize_onnx_dynamic
from twinlet_export.to_onnx import to_onnx


@pytest.fixture(scope="module")
def model(twin, pixels):
    return quantize_onnx(to_onnx(twin), pixels)


def session_of(model):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def test_it_is_near_the_twin(model, pixels, reference, cosines):
    found = session_of(model).run(["embedding"], {"pixels": pixels})[0]
    # Three convolutions and a dense layer, each rounded to 8 bits.
    assert cosines(found, reference).min() > 0.99


@pytest.mark.parametrize(
    ("change", "lowest"), [(halve_onnx, 0.99999), (quantize_onnx_dynamic, 0.999)]
)
def test_the_others_are_nearer(change, lowest, twin, pixels, reference, cosines):
    found = session_of(change(to_onnx(twin))).run(["embedding"], {"pixels": pixels})[0]
    assert cosines(found, reference).min() > lowest


@pytest.mark.parametrize("change", [halve_onnx, quantize_onnx_dynamic])
def test_the_others_keep_input_and_output(change, twin):
    test_input_and_output_stay(change(to_onnx(twin)))


def test_no_convolution_is_quantized_dynamically(twin):
    graph = onnx.load_from_string(quantize_onnx_dynamic(to_onnx(twin))).graph
    kinds = Counter(node.op_type for node in graph.node)
    assert kinds["ConvInteger"] == 0
    assert kinds["MatMulInteger"] == 1
    stored = Counter(constant.data_type for constant in graph.initializer)
    assert stored[TensorProto.INT8] >= kinds["Conv"]


def test_input_and_output_stay(model):
    session = session_of(model)
    (source,), (sink,) = session.get_inputs(), session.get_outputs()
    assert (source.name, source.type, source.shape) == ("pixels", "tensor(uint8)", ["n", 16, 16, 3])
    assert (sink.name, sink.type, sink.shape) == ("embedding", "tensor(float)", ["n", 24])


def test_weights_are_int8_with_a_scale_for_each_channel_and_activations_are_uint8(model):
    graph = onnx.load_from_string(model).graph
    constants = {c.name: c for c in graph.initializer}
    kinds = Counter(node.op_type for node in graph.node)
    assert kinds["QuantizeLinear"] > 0
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    sources = {node.output[0]: node for node in graph.node}
    for conv in convolutions:
        weight, scale = sources[conv.input[1]].input[:2]
        assert constants[weight].data_type == TensorProto.INT8
        assert list(constants[scale].dims) == [constants[weight].dims[0]]
        zero_point = sources[conv.input[0]].input[2]
        assert constants[zero_point].data_type == TensorProto.UINT8


def test_it_needs_images(twin):
    with pytest.raises(InvalidInputError, match=r"int8 needs representative images .* got none"):
        quantize_onnx(b"", np.zeros((0, 16, 16, 3), np.uint8))
