"""An app carries numpy and one engine: everything else is made unimportable, and it works."""

import subprocess
import sys
from pathlib import Path

import pytest

BUNDLE = Path(__file__).parents[1] / "data" / "tiny.twin"
HEAVY = (
    "tensorflow", "keras", "tf_keras", "tensorflow_model_optimization", "tf2onnx", "onnx", "scipy",
    "sklearn", "matplotlib", "PIL", "tqdm", "twinlet_train", "twinlet_export",
)  # fmt: skip
ENGINES = {"onnxruntime": "onnx-fp32", "ai_edge_litert": "litert-fp32"}


def run_without(absent, script):
    """Run a script in a process in which the named modules cannot be imported."""
    block = f"import sys\nfor name in {absent!r}: sys.modules[name] = None\n"
    command = [sys.executable, "-W", "error", "-c", block + script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_engine_and_numpy_decide(engine):
    pytest.importorskip(engine)
    script = f"""
import numpy as np, twinlet
verifier = twinlet.load({str(BUNDLE)!r})
assert verifier.file == {ENGINES[engine]!r}, verifier.file
image = np.arange(64, dtype=np.uint8).reshape(8, 8)
assert verifier.verify(image, image).match
"""
    done = run_without((*HEAVY, *(set(ENGINES) - {engine})), script)
    assert done.returncode == 0, done.stderr


def test_without_an_engine_the_way_out_is_named():
    script = f"import twinlet; twinlet.load({str(BUNDLE)!r})"
    done = run_without((*HEAVY, *ENGINES), script)
    assert "MissingExtraError" in done.stderr
    assert "pip install 'twinlet[onnx]'" in done.stderr
    assert "pip install 'twinlet[litert]'" in done.stderr


def test_importing_twinlet_imports_no_engine():
    script = f"""
import twinlet
loaded = set({tuple(ENGINES)!r}) & set(sys.modules)
assert not loaded, loaded
"""
    done = run_without(HEAVY, script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_needs_nothing_at_all(word):
    script = f"from twinlet.cli import main; raise SystemExit(main([{word!r}]))"
    done = run_without((*HEAVY, *ENGINES), script)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("demo", "export"),
        ("train", "train"),
        ("export", "export"),
        ("evaluate", "train"),
        ("report", "report"),
    ],
)
def test_a_missing_extra_is_named_with_its_install_line(command, extra):
    script = f"from twinlet.cli import main; raise SystemExit(main([{command!r}]))"
    heavy = tuple(name for name in HEAVY if not name.startswith("twinlet_"))
    done = run_without(heavy, script)
    assert done.returncode == 2
    assert f"run: pip install 'twinlet[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
