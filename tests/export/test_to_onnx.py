"""The ONNX file computes what the twin computes, in a form that quantizes well."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest

from twinlet_export.to_onnx import to_onnx


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
