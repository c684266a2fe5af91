"""The public API, as a type checker sees it."""

import subprocess
import sys
from pathlib import Path

import pytest

import twinlet

ROOT = Path(__file__).parents[2]


def test_the_usage_page_type_checks():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "tests/project/usage.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_all_names_what_is_there():
    assert sorted(twinlet.__all__) == twinlet.__all__
    assert all(hasattr(twinlet, name) for name in twinlet.__all__)


def test_the_package_says_that_it_is_typed():
    assert Path(twinlet.__file__).with_name("py.typed").is_file()
