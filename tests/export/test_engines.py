"""Engines on several cores give what one gives, in the order of the images."""

import threading

import numpy as np
import pytest

from twinlet import BundleError
from twinlet.backends import open_engine
from twinlet_export import engines
from twinlet_export.building import Builder
from twinlet_export.embedding import engine_templates
from twinlet_export.engines import PIECE, Engines


@pytest.fixture(scope="module")
def files(twin, pixels):
    builder = Builder(twin, pixels)
    return {"litert": builder.build("litert-int8"), "onnxruntime": builder.build("onnx-fp32")}


@pytest.mark.parametrize("engine", ["litert", "onnxruntime"])
@pytest.mark.parametrize("count", [1, PIECE, PIECE + 1, 7 * PIECE + 7])
def test_any_number_of_workers_gives_the_same_numbers(engine, count, files, pixels):
    many = np.resize(pixels, (count, *pixels.shape[1:]))
    many = many ^ np.arange(count, dtype=np.uint16).astype(np.uint8)[:, None, None, None]
    found = [
        np.concatenate([*Engines(engine, files[engine], workers=workers).embed(blocks)])
        for workers in (1, 3)
        for blocks in ([many], [many[: 3 * PIECE], many[3 * PIECE :]])
    ]
    expected = open_engine(engine, files[engine]).embed(many)
    for one in found:
        np.testing.assert_array_equal(one, expected)


class Meeting:
    """An engine whose calls wait for each other: alone it would wait in vain."""

    def __init__(self, barrier, opened):
        opened.append(self)
        self.input = self.output = None
        self.barrier = barrier

    def embed(self, pixels):
        self.barrier.wait()
        return pixels[:, 0, 0, :1].astype(np.float32)


@pytest.mark.parametrize(("engine", "copies"), [("litert", 2), ("onnxruntime", 1)])
@pytest.mark.parametrize("side", [2, 224])  # at 224 px, a block of usual size is one piece
def test_large_images_too_are_embedded_at_the_same_time(monkeypatch, engine, copies, side):
    barrier, opened = threading.Barrier(2, timeout=30), []
    monkeypatch.setattr(engines, "open_engine", lambda *_, **__: Meeting(barrier, opened))
    images = np.ones((4 * PIECE, side, side, 3), np.uint8)
    found = engine_templates(Engines(engine, b"", workers=2), images, file="x")
    assert found.shape == (4 * PIECE, 1)
    assert len(opened) == copies


def test_few_images_open_no_second_copy(monkeypatch):
    alone, opened = threading.Barrier(1), []
    monkeypatch.setattr(engines, "open_engine", lambda *_, **__: Meeting(alone, opened))
    found = [*Engines("litert", b"", workers=2).embed([np.ones((PIECE, 2, 2, 1), np.uint8)])]
    assert (len(found[0]), len(opened)) == (PIECE, 1)


def test_a_failure_in_a_copy_is_that_of_the_whole(monkeypatch):
    class Failing(Meeting):
        def embed(self, pixels):
            raise RuntimeError("Conv node 'stem' failed")

    monkeypatch.setattr(engines, "open_engine", lambda *_, **__: Failing(None, []))
    with pytest.raises(RuntimeError, match="'stem' failed"):
        [*Engines("litert", b"", workers=2).embed([np.ones((3 * PIECE, 2, 2, 1), np.uint8)])]


def test_a_file_that_the_engine_refuses():
    with pytest.raises(BundleError, match="does not accept the model"):
        Engines("litert", b"no model", workers=2)
