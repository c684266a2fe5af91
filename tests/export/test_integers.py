"""Integers where activations have ranges: the right ones, and none that overflow."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from twinlet_export.aware.kernels import LARGEST, LARGEST_DEPTHWISE
from twinlet_export.integers import store_integers

STEP, ZERO = 0.02, 3  # of the activations


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def rounded_graph(kind, kernel, bias=None, *, rounded=True, **attributes):
    """Build x -> QuantizeLinear -> DequantizeLinear -> Conv or MatMul -> y."""
    constants = {"step": np.float32(STEP), "zero": np.uint8(ZERO), "k": kernel}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "step", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "step", "zero"], ["d"]),
    ]
    inputs = ["d" if rounded else "x", "k"]
    if bias is not None:
        constants["b"] = bias
        inputs.append("b")
    nodes.append(helper.make_node(kind, inputs, ["y"], **attributes))
    groups = attributes.get("group", 1)
    if kind == "Conv":
        shape = [kernel.shape[1] * groups, 6, 6]
        result = [kernel.shape[0], *(7 - size for size in kernel.shape[2:])]
    else:
        shape, result = [kernel.shape[0]], [kernel.shape[1]]
    return helper.make_model(
        helper.make_graph(
            nodes if rounded else nodes[-1:],
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", *result])],
            [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def run(model, x, *, fast=True):
    """With onnxruntime's integer kernels, or node by node in float as the operators are defined."""
    options = onnxruntime.SessionOptions()
    if not fast:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(["y"], {"x": x})[0]


def constants_of(model):
    return {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}


CASES = {
    "pointwise": ("Conv", (8, 16, 1, 1), {}, LARGEST, 0),
    "spatial": ("Conv", (8, 4, 3, 3), {}, LARGEST, 0),
    "depthwise": ("Conv", (16, 1, 3, 3), {"group": 16}, LARGEST_DEPTHWISE, 0),
    "dense": ("MatMul", (16, 8), {}, LARGEST, 1),
}


@pytest.mark.parametrize("case", CASES)
def test_each_output_channel_has_its_own_steps(case, rng):
    kind, shape, attributes, largest, axis = CASES[case]
    sizes = np.logspace(0, -3, shape[axis]).reshape(
        [-1 if place == axis else 1 for place in range(len(shape))]
    )
    kernel = (rng.normal(size=shape) * sizes).astype(np.float32)
    bias = rng.normal(size=shape[0]).astype(np.float32) if kind == "Conv" else None
    model = rounded_graph(kind, kernel, bias, **attributes)
    assert store_integers(model) == 1
    onnx.checker.check_model(model, full_check=True)
    stored = constants_of(model)
    integers, scale = stored["y/kernel_integers"], stored["y/kernel_scale"]
    assert integers.dtype == np.int8
    for channel in range(shape[axis]):
        numbers = np.take(kernel, channel, axis)
        step = np.abs(numbers).max() / largest
        assert scale[channel] == pytest.approx(step, rel=1e-5)
        found = np.take(integers, channel, axis)
        np.testing.assert_allclose(found, numbers / step, atol=0.5001)
    assert np.abs(integers).max() <= largest
    if bias is not None:
        assert stored["y/bias_integers"].dtype == np.int32
        np.testing.assert_allclose(
            stored["y/bias_integers"] * stored["y/bias_scale"], bias, atol=STEP * scale.max()
        )
    assert "k" not in stored


@pytest.mark.parametrize("case", CASES)
def test_the_largest_sums_do_not_overflow(case, rng):
    """Without VNNI, pairs of products of 8 bits are cut off in 16; see the module."""
    kind, shape, attributes, _, _ = CASES[case]
    kernel = np.ones(shape, np.float32)
    kernel[0] *= -1.0
    model = rounded_graph(kind, kernel, **attributes)
    store_integers(model)
    source = (4, shape[1] * attributes.get("group", 1), 6, 6) if kind == "Conv" else (4, shape[0])
    x = np.full(source, STEP * (255 - ZERO), np.float32)
    x[1:] -= rng.uniform(0, 1, x[1:].shape).astype(np.float32)
    np.testing.assert_allclose(run(model, x), run(model, x, fast=False), rtol=1e-5, atol=1e-5)


def test_a_channel_of_nothing_with_a_bias(rng):
    kernel = rng.normal(size=(3, 4, 1, 1)).astype(np.float32)
    kernel[0], kernel[1] = 0.0, 1e-12
    bias = np.array([2.0, -3.0, 0.5], np.float32)
    model = rounded_graph("Conv", kernel, bias)
    store_integers(model)
    found = run(model, np.zeros((1, 4, 6, 6), np.float32))
    np.testing.assert_allclose(found[0, :, 0, 0], bias, atol=1e-2)


def test_what_reads_no_rounded_activation_stays(rng):
    model = rounded_graph("Conv", rng.normal(size=(3, 4, 1, 1)).astype(np.float32), rounded=False)
    kernel = constants_of(model)["k"]
    assert store_integers(model) == 0
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    np.testing.assert_array_equal(constants_of(model)["k"], kernel)


@pytest.mark.parametrize("pooling", ["MaxPool", "GlobalMaxPool"])
def test_a_dense_layer_after_pooling_reads_the_same_steps(pooling, rng):
    """The largest of rounded numbers is one of them."""
    kernel = rng.normal(size=(4, 3)).astype(np.float32)
    attributes = {"kernel_shape": [6, 6]} if pooling == "MaxPool" else {}
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("QuantizeLinear", ["x", "step", "zero"], ["q"]),
                helper.make_node("DequantizeLinear", ["q", "step", "zero"], ["d"]),
                helper.make_node(pooling, ["d"], ["p"], **attributes),
                helper.make_node("Flatten", ["p"], ["f"]),
                helper.make_node("MatMul", ["f", "k"], ["y"]),
            ],
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4, 6, 6])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
            [
                numpy_helper.from_array(np.asarray(value), name)
                for name, value in (
                    ("step", np.float32(STEP)),
                    ("zero", np.uint8(ZERO)),
                    ("k", kernel),
                )
            ],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    x = rng.uniform(0.0, 5.0, size=(2, 4, 6, 6)).astype(np.float32)
    assert store_integers(model) == 1
    onnx.checker.check_model(model, full_check=True)
    stored = constants_of(model)
    assert "k" not in stored
    largest = np.rint(x.max(axis=(2, 3)) / STEP) * STEP
    rounded = stored["y/kernel_integers"] * stored["y/kernel_scale"]
    np.testing.assert_allclose(rounded, kernel, atol=stored["y/kernel_scale"].max() * 0.5001)
    expected = largest @ rounded
    np.testing.assert_allclose(run(model, x, fast=False), expected, rtol=1e-4, atol=1e-4)
    anew = np.abs(rounded).sum(axis=0) * largest.max() / 127  # onnxruntime may round x once more
    assert (np.abs(run(model, x) - expected) <= anew).all()
