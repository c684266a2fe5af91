"""The committed tiny bundle is what its generator makes."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from twinlet.bundle import Bundle, write_bundle

pytest.importorskip("tensorflow")
pytest.importorskip("onnx")
pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnxruntime")

DATA = Path(__file__).parents[1] / "data"

# The converter's bytes change with TensorFlow's version; what the file computes does not.
CONVERTED = {
    "manifest_sha256",
    "files.litert-fp32.bytes",
    "files.litert-fp32.sha256",
    "entries.files/litert-fp32.tflite.bytes",
    "entries.files/litert-fp32.tflite.sha256",
}

# numpy announces a change in how Keras 3 copies variables; nothing to fix on our side.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture(scope="module")
def contents():
    spec = importlib.util.spec_from_file_location("make_tiny", DATA / "make_tiny.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_contents()


def flat(values, path=""):
    """Every leaf of a JSON value by its path."""
    if not isinstance(values, dict | list):
        return {path: values}
    items = values.items() if isinstance(values, dict) else enumerate(values)
    return {
        name: leaf
        for key, value in items
        for name, leaf in flat(value, f"{path}.{key}" if path else str(key)).items()
    }


def test_the_manifest(contents, tmp_path):
    write_bundle(contents, tmp_path / "tiny.twin")
    made, committed = (
        flat(json.loads(Bundle.open(path).read("manifest.json")))
        for path in (tmp_path / "tiny.twin", DATA / "tiny.twin")
    )
    assert made.keys() == committed.keys()
    for path, value in committed.items():
        if path in CONVERTED:
            continue
        # Only the arc cosine's last digits may differ between processors and numpy versions.
        exact = not isinstance(value, float)
        assert made[path] == (value if exact else pytest.approx(value, abs=1e-9)), path


def test_the_probes(contents):
    committed = np.load(DATA / "probes.npy", allow_pickle=False)
    np.testing.assert_array_equal(contents.golden.probes, committed)
