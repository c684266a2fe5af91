"""What an engine may do while it embeds."""

import numpy as np
import pytest

from twinlet.errors import BundleError, ParityError
from twinlet_export.embedding import engine_templates

PIXELS = np.zeros((3, 8, 8, 1), np.uint8)


class Engine:
    workers = 1

    def __init__(self, error=None, raw=None):
        self.error, self.raw = error, raw

    def embed(self, blocks):
        if self.error:
            raise self.error
        for _ in blocks:
            yield self.raw


def test_templates_have_unit_length():
    raw = np.array([[3.0, 4.0], [0.0, 2.0], [-1.0, 0.0]], np.float32)
    found = engine_templates(Engine(raw=raw), PIXELS, file="onnx-fp16")
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]], rtol=1e-6)


def test_an_engine_that_fails_costs_its_file_only():
    failing = Engine(RuntimeError("[ONNXRuntimeError] : 1 : Conv node 'stem' failed"))
    with pytest.raises(ParityError, match=r"onnx-fp16 was converted, but .*'stem' failed; leave"):
        engine_templates(failing, PIXELS, file="onnx-fp16")
    with pytest.raises(BundleError, match="said already"):
        engine_templates(Engine(BundleError("said already")), PIXELS, file="onnx-fp16")


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_embeddings_without_a_direction_are_counted(value):
    raw = np.ones((3, 2), np.float32)
    raw[1] = value
    with pytest.raises(
        ParityError, match=r"litert-int8 gives 1 of 3 images .*see whether --pixels"
    ):
        engine_templates(Engine(raw=raw), PIXELS, file="litert-int8")
