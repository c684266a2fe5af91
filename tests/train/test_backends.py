"""The public maths gives the same values under JAX: its tests, run again with that backend."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MATHS = (
    "losses",
    "mining",
    "test_distances.py",
    "test_heads.py",
    "test_products.py",
    "test_quicker.py",
    "test_siamese.py",
)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jax") is None, reason="needs jax")
def test_the_maths_holds_under_jax():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *(HERE / name for name in MATHS)],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        cwd=HERE.parents[1],
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
