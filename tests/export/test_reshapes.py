"""Reshapes that change nothing go; the others stay."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from twinlet_export.reshapes import drop_idle_reshapes


def graph(shape, target, *, last=False):
    """Build x (n, ...) -> Relu -> Reshape -> Relu, or with the reshape last."""
    kinds = ["Relu", "Reshape"] if last else ["Relu", "Reshape", "Relu"]
    nodes = []
    for place, kind in enumerate(kinds):
        inputs = ["x" if place == 0 else f"t{place}"] + ["target"] * (kind == "Reshape")
        output = "y" if place == len(kinds) - 1 else f"t{place + 1}"
        nodes.append(helper.make_node(kind, inputs, [output]))
    return helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * len(target))],
            [numpy_helper.from_array(np.array(target, np.int64), "target")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )


def run(model, x):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["y"], {"x": x})[0]


@pytest.mark.parametrize(
    ("shape", "target", "dropped"),
    [
        ((4, 1, 1), (-1, 4, 1, 1), 1),
        ((4, 3, 2), (-1, 4, 3, 2), 1),
        ((4, 1, 1), (-1, 1, 1, 4), 0),
        ((4, 1, 1), (-1, 4), 0),
        ((4, 1, 1), (2, 4, 1, 1), 0),  # says how many there are
        ((4, 1, 1), (-1, 0, 1, 1), 0),
    ],
)
def test_what_goes(shape, target, dropped):
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    expected = run(graph(shape, target), x)
    model = graph(shape, target)
    assert drop_idle_reshapes(model) == dropped
    onnx.checker.check_model(model)
    assert len(model.graph.node) == 3 - dropped
    np.testing.assert_array_equal(run(model, x), expected)


def test_the_result_keeps_its_name():
    model = graph((4, 1, 1), (-1, 4, 1, 1), last=True)
    assert drop_idle_reshapes(model) == 0
