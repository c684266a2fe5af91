import subprocess
import sys

import pytest

from twinlet.commands import cold_start
from twinlet.errors import TwinletError

PEAK = "from twinlet.commands.cold_start import peak_rss_mb; print(peak_rss_mb())"


def test_peak_memory_is_that_of_the_process_alone():
    """Started from a process of 300 MiB, a small one stays small (`ru_maxrss` would not)."""
    parent = (
        "import subprocess, sys; ballast = bytearray(b'x') * (300 << 20);"
        f"subprocess.run([sys.executable, '-c', {PEAK!r}], check=True); {PEAK}"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], capture_output=True, text=True, check=True
    )
    child, own = map(float, done.stdout.split())
    assert 5 < child < 200
    assert own > 300


def test_a_process_that_fails_is_an_error_of_ours(tmp_path, capfd):
    with pytest.raises(TwinletError, match=r"a fresh process that loads onnx-fp32 failed"):
        cold_start.measure(str(tmp_path / "missing.twin"), "onnx-fp32", ["a.npy", "b.npy"])
    assert "there is no bundle at" in capfd.readouterr().err


def test_the_threads_reach_the_engine_of_the_fresh_process(tiny, verifier, images, capfd):
    start = cold_start.measure(str(tiny), verifier.file, images[:2], threads=2)
    assert start.milliseconds > 0
    with pytest.raises(TwinletError, match="a fresh process that loads"):
        cold_start.measure(str(tiny), verifier.file, images[:2], threads=0)
    assert "threads must be at least 1, got 0" in capfd.readouterr().err
