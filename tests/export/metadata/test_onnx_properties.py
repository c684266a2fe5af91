"""An ONNX file tells what it is, and computes what it computed."""

import json

import numpy as np
import onnxruntime
import pytest

from twinlet_export.metadata import labelled
from twinlet_export.to_onnx import to_onnx


@pytest.fixture(scope="module")
def model(twin):
    return to_onnx(twin)


def session(model):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def test_engines_show_it(model, describe):
    meta = session(labelled(model, describe("onnx-fp32"))).get_modelmeta()
    assert meta.producer_name == "twinlet"
    assert meta.description == describe("onnx-fp32").text
    properties = meta.custom_metadata_map
    assert properties["twinlet.file"] == "onnx-fp32"
    assert properties["twinlet.bundle_id"] == "b" * 64
    assert json.loads(properties["twinlet.calibration.json"])["file"] == "onnx-fp32"


def test_it_computes_the_same(model, describe, pixels):
    before, after = (
        session(m).run(None, {"pixels": pixels})[0]
        for m in (model, labelled(model, describe("onnx-fp32")))
    )
    np.testing.assert_array_equal(after, before)


def test_the_same_twice(model, describe):
    assert labelled(model, describe("onnx-fp32")) == labelled(model, describe("onnx-fp32"))
