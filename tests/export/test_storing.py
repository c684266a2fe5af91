"""Weights stored in fewer bytes: what they are worth, and that only weights change."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from twinlet_export.storing import share_constants, store_bytes, store_halves

WEIGHTS = np.random.default_rng(0).normal(0.0, 1.0, (4, 3, 3, 3)).astype(np.float32)


def convolution(weights, bias):
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1, 1, 1, 1])],
        "one",
        [value("x", TensorProto.FLOAT, [1, 3, 5, 5])],
        [value("y", TensorProto.FLOAT, [1, 4, 5, 5])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")],
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def model_of(weights=WEIGHTS):
    return convolution(weights, np.arange(4, dtype=np.float32) * 1e-3)


def answer(model):
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(1).normal(0.0, 1.0, (1, 3, 5, 5)).astype(np.float32)
    return session.run(None, {"x": x})[0]


def with_weights(values):
    return answer(model_of(values.astype(np.float32)))


def test_halves_are_worth_the_nearest_half():
    model = model_of()
    assert store_halves(model) == 1
    kinds = {c.name: c.data_type for c in model.graph.initializer}
    assert kinds == {"w/half": TensorProto.FLOAT16, "b": TensorProto.FLOAT}
    np.testing.assert_array_equal(answer(model), with_weights(WEIGHTS.astype(np.float16)))


def test_what_no_half_can_hold_stays():
    weights = WEIGHTS.copy()
    weights[0, 0, 0, 0] = 1e5
    model = model_of(weights)
    assert store_halves(model) == 0
    np.testing.assert_array_equal(answer(model), with_weights(weights))


def test_bytes_are_worth_the_nearest_of_255_steps_of_their_channel():
    model = model_of()
    assert store_bytes(model) == 1
    kinds = {c.name: c.data_type for c in model.graph.initializer}
    assert kinds == {
        "w/int8": TensorProto.INT8,
        "w/scale": TensorProto.FLOAT,
        "b": TensorProto.FLOAT,
    }
    expected = np.empty_like(WEIGHTS)
    for channel, kernel in enumerate(WEIGHTS):
        scale = np.float32(np.abs(kernel).max() / 127)
        expected[channel] = np.rint(kernel / scale) * scale
    np.testing.assert_allclose(answer(model), with_weights(expected), rtol=1e-5, atol=1e-6)


def test_a_channel_of_zeros_stays_zero():
    weights = WEIGHTS.copy()
    weights[2] = 0.0
    model = model_of(weights)
    store_bytes(model)
    np.testing.assert_allclose(answer(model)[0, 2], 2e-3, rtol=1e-6)


@pytest.mark.parametrize("store", [store_halves, store_bytes])
def test_a_graph_without_weights_stays_as_it_is(store):
    model = model_of()
    del model.graph.node[:], model.graph.initializer[:]
    before = model.SerializeToString()
    assert store(model) == 0
    assert model.SerializeToString() == before


def test_equal_vectors_are_stored_once_and_matrices_as_they_are():
    value = helper.make_tensor_value_info
    ones = np.ones(3, np.float32)
    square = np.eye(3, dtype=np.float32)
    constants = [
        numpy_helper.from_array(array, name)
        for name, array in (
            ("a", ones), ("b", ones), ("c", 2 * ones), ("d", ones.astype(np.int32)),
            ("m", square), ("n", square),
        )
    ]  # fmt: skip
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "m"], ["1"]),
            helper.make_node("MatMul", ["1", "n"], ["2"]),
            helper.make_node("Cast", ["d"], ["3"], to=TensorProto.FLOAT),
            helper.make_node("Sum", ["2", "a", "b", "c", "3"], ["y"]),
        ],
        "some",
        [value("x", TensorProto.FLOAT, [1, 3])],
        [value("y", TensorProto.FLOAT, [1, 3])],
        constants,
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)

    def answered():
        options = {"providers": ["CPUExecutionProvider"]}
        session = onnxruntime.InferenceSession(model.SerializeToString(), **options)
        return session.run(None, {"x": np.zeros((1, 3), np.float32)})[0]

    before = answered()
    assert share_constants(model) == 1
    assert [constant.name for constant in model.graph.initializer] == ["a", "c", "d", "m", "n"]
    onnx.checker.check_model(model, full_check=True)
    np.testing.assert_array_equal(answered(), before)
    np.testing.assert_array_equal(before, [[5.0, 5.0, 5.0]])
