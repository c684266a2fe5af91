"""What an app has after `pip install twinlet[ENGINE]`: run by .ci/run in a clean environment.

Usage: python -I bare_check.py onnx|litert
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import twinlet

DATA = Path(__file__).parents[1] / "data"
BUNDLE = str(DATA / "tiny.twin")
ENGINES = {"onnx": "onnxruntime", "litert": "ai_edge_litert"}
HEAVY = ("tensorflow", "keras", "tf_keras", "scipy", "sklearn", "onnx", "matplotlib", "PIL")


def check_what_is_installed(extra: str) -> None:
    """Nothing heavy came along, and the package under test is the installed one."""
    assert Path(twinlet.__file__).is_relative_to(sys.prefix), twinlet.__file__
    absent = {*HEAVY, *ENGINES.values()} - {ENGINES[extra]}
    present = sorted(name for name in absent if importlib.util.find_spec(name))
    assert not present, f"importable in the bare install: {present}"


def check_python(extra: str) -> None:
    """Load, verify, enrol, identify."""
    verifier = twinlet.load(BUNDLE)
    assert verifier.file == {"onnx": "onnx-fp32", "litert": "litert-fp32"}[extra]
    probes = np.load(DATA / "probes.npy", allow_pickle=False)
    result = verifier.verify(probes[0], verifier.template(probes[0]))
    assert result.match
    assert abs(result.similarity - 1.0) < 1e-3
    with tempfile.TemporaryDirectory() as folder:
        gallery = twinlet.Gallery.open(Path(folder) / "people.db", verifier)
        gallery.enroll("ann", [probes[0]])
        assert gallery.identify(probes[0], top=1).candidates[0].id == "ann"


def check_command_line() -> None:
    """The installed `twinlet` decides on two image files, and names the extra it lacks."""
    command = str(Path(sys.executable).with_name("twinlet"))
    with tempfile.TemporaryDirectory() as folder:
        image = str(Path(folder) / "a.npy")
        np.save(image, np.load(DATA / "probes.npy", allow_pickle=False)[0], allow_pickle=False)
        words = [command, "verify", BUNDLE, image, image, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["match"] is True
    words = [command, "train", "--data", "digits", "--out", "run"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert "pip install 'twinlet[train]'" in done.stderr, done.stderr


if __name__ == "__main__":
    (wanted,) = sys.argv[1:]
    check_what_is_installed(wanted)
    check_python(wanted)
    check_command_line()
    sys.stdout.write(f"bare install with {ENGINES[wanted]}: works, and nothing heavy came along\n")
