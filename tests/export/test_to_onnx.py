"""The ONNX file computes what the twin computes, in a form that quantizes well."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from twinlet_export.aware.methods import QuantizationAware
from twinlet_export.aware.mirror import mirror
from twinlet_export.aware.ranges import set_ranges
from twinlet_export.to_onnx import aware_to_onnx, to_onnx


@pytest.fixture(scope="module")
def model(twin):
    return to_onnx(twin)


def run(model, pixels):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["embedding"], {"pixels": pixels})[0]


def test_it_computes_the_twin(model, pixels, reference):
    # float32 sums of a few hundred terms in another order: 1e-6 relative, with room.
    assert np.allclose(run(model, pixels), reference, rtol=1e-4, atol=1e-5)


def test_one_image_gives_what_a_batch_gives(model, pixels):
    together = run(model, pixels[:6])
    alone = np.concatenate([run(model, pixels[i : i + 1]) for i in range(6)])
    assert np.allclose(together, alone, atol=1e-5)


def test_input_and_output_are_named_typed_and_sized(model):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (source,), (sink,) = session.get_inputs(), session.get_outputs()
    assert (source.name, source.type, source.shape) == ("pixels", "tensor(uint8)", ["n", 16, 16, 3])
    assert (sink.name, sink.type, sink.shape) == ("embedding", "tensor(float)", ["n", 24])


def test_nothing_is_left_of_batch_normalisation(model):
    kinds = Counter(node.op_type for node in onnx.load_from_string(model).graph.node)
    assert kinds["Conv"] == 3
    assert "BatchNormalization" not in kinds
    assert kinds["Mul"] <= 1, "only the scaling of the pixels multiplies"
    assert kinds["Add"] <= 2, "only the shift of the pixels and the dense bias add"


def test_old_engines_can_read_it(model):
    loaded = onnx.load_from_string(model)
    assert loaded.ir_version == 8
    assert {o.domain: o.version for o in loaded.opset_import}[""] == 17


@pytest.fixture(scope="module")
def network(twin, pixels):
    """One that was tuned for 8 bits, wrapped, and how it embeds."""
    mirrored = mirror(twin)
    wrapped = QuantizationAware().wrapped(mirrored.network)
    set_ranges(wrapped, mirrored.network, [np.asarray(mirrored.before(pixels))])
    # As if learnt: other ranges than these images give, but no ReLU6 gives more than 6.
    for place, variable in enumerate(activation_ends(wrapped)):
        variable.assign(variable * (1.0 - 0.01 * place))

    def embed(images):
        return wrapped(mirrored.before(images, training=False), training=False)

    return wrapped, embed


@pytest.fixture(scope="module")
def learnt(network):
    return aware_to_onnx(network[1], (16, 16, 3))


def test_its_ranges_are_those_that_were_learnt(network, learnt):
    ends = [float(variable) for variable in activation_ends(network[0])]
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    expected = sorted((high - low) / 255 for low, high in pairs)
    graph = onnx.load_from_string(learnt).graph
    constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    rounding = [node for node in graph.node if node.op_type == "QuantizeLinear"]
    found = sorted(float(constants[node.input[1]]) for node in rounding)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert {constants[node.input[2]].dtype for node in rounding} == {np.dtype(np.uint8)}


def test_it_computes_what_tuning_simulated(network, learnt, pixels, cosines):
    # The same integers; single steps of rounding from sums in another order.
    assert cosines(run(learnt, pixels), np.asarray(network[1](pixels))).min() > 0.999


def test_its_kernels_are_those_that_tuning_computed_with(network, learnt):
    weights = QuantizationAware().weights(network[0])
    graph = onnx.load_from_string(learnt).graph
    constants = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    sources = {node.output[0]: node for node in graph.node}
    found = {}
    for conv in (node for node in graph.node if node.op_type == "Conv"):
        integers, scale, _ = (constants[name] for name in sources[conv.input[1]].input)
        found[integers.shape] = integers * scale.reshape(-1, 1, 1, 1)
    kernels = [a for arrays in weights.values() for a in arrays if a.ndim == 4]
    for kernel, bn in zip(
        kernels, ("first_bn", "depthwise_bn", "pointwise_bn_of_the_twin"), strict=True
    ):
        gamma, _, _, variance = weights[bn]
        axes = (2, 3, 0, 1) if kernel.shape[-1] == 1 else (3, 2, 0, 1)
        factor = gamma / np.sqrt(variance + 1e-3)
        expected = np.transpose(kernel, axes) * factor.reshape(-1, 1, 1, 1)
        same = found[expected.shape]
        np.testing.assert_allclose(same, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


def test_onnxruntime_makes_integer_operators_of_it(learnt, tmp_path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "run.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(learnt, options, providers=["CPUExecutionProvider"])
    kinds = Counter(node.op_type for node in onnx.load(tmp_path / "run.onnx").graph.node)
    assert kinds["QLinearConv"] == 3
    assert kinds["Conv"] == kinds["MatMul"] == 0


def test_its_input_and_output_are_the_same(learnt):
    test_input_and_output_are_named_typed_and_sized(learnt)


def activation_ends(wrapped):
    """Variables of the ranges of activations: the lower end of one, its upper end, the next."""
    return [
        variable
        for variable in wrapped.variables
        if variable.name.partition(":")[0].endswith(("_min", "_max"))
    ]
