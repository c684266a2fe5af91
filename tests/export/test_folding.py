"""Folding changes the number of operators and not the result."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from twinlet_export.folding import fold_scale_and_shift

CHANNELS = 4
RNG = np.random.default_rng(3)
SCALE = RNG.uniform(0.5, 2.0, (1, CHANNELS, 1, 1)).astype(np.float32)
SHIFT = RNG.normal(size=(1, CHANNELS, 1, 1)).astype(np.float32)


def graph(*followers, bias=True, results=("y",)):
    """Build a convolution of a (n, 3, 5, 5) tensor, and operators with one constant each."""
    constants = {
        "w": RNG.normal(size=(CHANNELS, 3, 1, 1)).astype(np.float32),
        "b": RNG.normal(size=CHANNELS).astype(np.float32),
    }
    names = ["x", "w", "b"] if bias else ["x", "w"]
    ends = ["conv", *(f"after{i}" for i in range(len(followers)))]
    ends[-1] = "y"
    nodes = [helper.make_node("Conv", names, [ends[0]], name="conv")]
    for i, (kind, constant) in enumerate(followers):
        constants[f"c{i}"] = constant
        nodes.append(helper.make_node(kind, [ends[i], f"c{i}"], [ends[i + 1]]))
    return helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 5, 5])],
            [
                helper.make_tensor_value_info(r, TensorProto.FLOAT, ["n", CHANNELS, 5, 5])
                for r in results
            ],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def run(model):
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(5).normal(size=(2, 3, 5, 5)).astype(np.float32)
    return session.run(["y"], {"x": x})[0]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "followers",
    [
        [("Mul", SCALE)],
        [("Add", SHIFT)],
        [("Mul", SCALE), ("Add", SHIFT)],
        [("Add", SHIFT), ("Mul", SCALE)],
        [("Mul", np.float32(3.0)), ("Add", np.float32(-1.0))],
        [("Mul", SCALE[0])],
    ],
)
def test_a_scale_and_a_shift_go_into_the_convolution(followers, bias):
    model = graph(*followers, bias=bias)
    before = run(model)
    assert fold_scale_and_shift(model) == len(followers)
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    # float32, ten terms: a different order of rounding.
    assert np.allclose(run(model), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("epsilon", [None, 1e-3])
def test_a_normalisation_goes_into_the_convolution(bias, epsilon):
    model = graph(("Mul", SCALE), bias=bias)
    node = model.graph.node[1]
    node.op_type = "BatchNormalization"
    numbers = {
        "gamma": RNG.uniform(-2.0, 2.0, CHANNELS),
        "beta": RNG.normal(size=CHANNELS),
        "mean": RNG.normal(size=CHANNELS),
        "variance": RNG.uniform(0.001, 2.0, CHANNELS),
    }
    node.input[1:] = list(numbers)
    if epsilon:
        node.attribute.append(helper.make_attribute("epsilon", epsilon))
    model.graph.initializer.extend(
        numpy_helper.from_array(array.astype(np.float32), name) for name, array in numbers.items()
    )
    before = run(model)
    assert fold_scale_and_shift(model) == 1
    assert [node.op_type for node in model.graph.node] == ["Conv"]
    np.testing.assert_allclose(run(model), before, rtol=1e-4, atol=1e-4)


def test_constants_nobody_reads_are_dropped():
    model = graph(("Mul", SCALE), ("Add", SHIFT))
    fold_scale_and_shift(model)
    assert len(model.graph.initializer) == 2


@pytest.mark.parametrize(
    "followers",
    [
        [("Mul", RNG.normal(size=(1, 1, 5, 5)).astype(np.float32))],  # varies over places
        [("Sub", SHIFT)],
        [("Mul", RNG.normal(size=(1, CHANNELS, 5, 5)).astype(np.float32))],
    ],
)
def test_what_cannot_be_folded_is_left_alone(followers):
    model = graph(*followers)
    before = run(model)
    assert fold_scale_and_shift(model) == 0
    assert np.array_equal(run(model), before)


def test_a_convolution_whose_result_is_asked_for_keeps_it():
    model = graph(("Mul", SCALE), results=("y", "conv"))
    assert fold_scale_and_shift(model) == 0


def test_a_weight_shared_by_two_convolutions_is_not_changed_for_the_other():
    model = graph(("Mul", SCALE))
    second = helper.make_node("Conv", ["x", "w", "b"], ["plain"])
    total = helper.make_node("Add", ["y", "plain"], ["sum"])
    model.graph.node.extend([second, total])
    model.graph.output[0].name = "sum"
    model.graph.node[1].output[0] = "scaled"
    model.graph.node[3].input[0] = "scaled"
    model.graph.node[3].output[0] = "y"
    model.graph.output[0].name = "y"
    before = run(model)
    assert fold_scale_and_shift(model) == 1
    assert np.allclose(run(model), before, rtol=1e-5, atol=1e-5)
