"""Copies of an engine give what one gives, in the order of the images."""

import threading

import numpy as np
import pytest

from twinlet import BundleError
from twinlet.backends import open_engine
from twinlet_export import engines
from twinlet_export.building import Builder
from twinlet_export.engines import PIECE, Engines


@pytest.fixture(scope="module")
def files(twin, pixels):
    builder = Builder(twin, pixels)
    return {"litert": builder.build("litert-int8"), "onnxruntime": builder.build("onnx-fp32")}


@pytest.mark.parametrize("engine", ["litert", "onnxruntime"])
@pytest.mark.parametrize("count", [0, 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_any_number_of_copies_gives_the_same_numbers(engine, count, files, pixels):
    many = np.resize(pixels, (count, *pixels.shape[1:]))
    many = many ^ np.arange(count, dtype=np.uint8)[:, None, None, None]  # no two alike
    alone = Engines(engine, files[engine], copies=1)
    together = Engines(engine, files[engine], copies=3)
    found = together.embed(many)
    np.testing.assert_array_equal(found, alone.embed(many))
    expected = open_engine(engine, files[engine]).embed(many)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert together.output == open_engine(engine, files[engine]).output


class Meeting:
    """An engine whose calls wait for each other: alone it would wait in vain."""

    def __init__(self, barrier, opened):
        opened.append(self)
        self.input = self.output = None
        self.barrier = barrier

    def embed(self, pixels):
        self.barrier.wait()
        return pixels[:, 0, 0].astype(np.float32)


def test_the_copies_work_at_the_same_time(monkeypatch):
    barrier, opened = threading.Barrier(2, timeout=30), []
    monkeypatch.setattr(engines, "open_engine", lambda *_, **__: Meeting(barrier, opened))
    found = Engines("litert", b"", copies=2).embed(np.ones((4 * PIECE, 2, 2, 1), np.uint8))
    assert found.shape == (4 * PIECE, 1)
    assert len(opened) == 2


def test_a_failure_in_a_copy_is_that_of_the_whole(monkeypatch):
    class Failing(Meeting):
        def embed(self, pixels):
            raise RuntimeError("Conv node 'stem' failed")

    monkeypatch.setattr(engines, "open_engine", lambda *_, **__: Failing(None, []))
    with pytest.raises(RuntimeError, match="'stem' failed"):
        Engines("litert", b"", copies=2).embed(np.ones((3 * PIECE, 2, 2, 1), np.uint8))


def test_a_file_that_the_engine_refuses():
    with pytest.raises(BundleError, match="does not accept the model"):
        Engines("litert", b"no model", copies=2)
