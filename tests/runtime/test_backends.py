"""Engines: the same vectors from both, and clear words when one is not there."""

import sys
import threading

import numpy as np
import pytest

from twinlet import BundleError, InvalidInputError, MissingExtraError
from twinlet.backends import ENGINES, installed, open_engine
from twinlet.contract import TensorSpec

MODELS = {"litert": "files/litert-fp32.tflite", "onnxruntime": "files/onnx-fp32.onnx"}
PACKAGES = {"litert": "ai_edge_litert", "onnxruntime": "onnxruntime"}
EXTRAS = {"litert": "litert", "onnxruntime": "onnx"}


@pytest.fixture(params=[name for name in ENGINES if name in installed()])
def engine(request, bundle):
    return open_engine(request.param, bundle.read(MODELS[request.param]))


@pytest.fixture(scope="module")
def world():
    generator = np.random.default_rng(3)
    return generator.integers(0, 256, size=(150, 8, 8, 1)).astype(np.uint8)


def test_tensors(engine):
    assert engine.input.dtype == "uint8"
    assert engine.input.shape == (None, 8, 8, 1)
    assert engine.output.dtype == "float32"
    assert engine.output.shape == (None, 8)
    assert isinstance(engine.input, TensorSpec)


def test_a_batch_is_its_images_one_by_one(engine, world):
    batch = engine.embed(world)
    assert batch.shape == (150, 8)
    assert batch.dtype == np.float32
    one_by_one = np.concatenate([engine.embed(world[row : row + 1]) for row in range(150)])
    np.testing.assert_array_equal(batch, one_by_one)  # exact: see tests/data/make_tiny.py


def test_no_image(engine):
    assert engine.embed(np.zeros((0, 8, 8, 1), dtype=np.uint8)).shape == (0, 8)


def test_a_result_is_not_overwritten_by_the_next(engine, world):
    first = engine.embed(world[:1])
    kept = first.copy()
    engine.embed(world[1:2])
    np.testing.assert_array_equal(first, kept)


def test_threads_do_not_mix_their_images(engine, world):
    expected = engine.embed(world)
    wrong = []

    def work(offset):
        for row in range(offset, 150, 4):
            if not np.array_equal(engine.embed(world[row : row + 1])[0], expected[row]):
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_both_engines_give_the_same_vectors(bundle, world):
    if set(installed()) != set(ENGINES):
        pytest.skip("needs both engines")
    one, other = (open_engine(name, bundle.read(MODELS[name])).embed(world) for name in ENGINES)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ENGINES)
def test_bytes_that_are_no_model(name):
    if name not in installed():
        pytest.skip(f"{name} is not installed")
    with pytest.raises(BundleError, match=r"does not accept the model: .*; a newer"):
        open_engine(name, b"this is no model" * 10)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_is_not_installed(monkeypatch, name):
    monkeypatch.setitem(sys.modules, PACKAGES[name], None)
    assert name not in installed()
    with pytest.raises(MissingExtraError) as caught:
        open_engine(name, b"")
    assert str(caught.value) == (
        f"the engine {name} is not installed; run `pip install 'twinlet[{EXTRAS[name]}]'`"
    )


def test_what_is_no_engine():
    with pytest.raises(InvalidInputError, match="unknown engine 'coreml'; expected one of onnx"):
        open_engine("coreml", b"")
    with pytest.raises(InvalidInputError, match="threads must be at least 1, got 0"):
        open_engine("litert", b"", threads=0)
