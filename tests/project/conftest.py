"""The real command line, and image files for it made from the tiny bundle's golden probes."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from twinlet.bundle import Bundle

TINY = Path(__file__).parents[1] / "data" / "tiny.twin"


@dataclass(frozen=True)
class Pictures:
    """Paths of .npy images, and which of them the bundle's default file takes for the same."""

    paths: tuple[str, ...]
    match: tuple[str, str]
    no_match: tuple[str, str]


@pytest.fixture(scope="session")
def tiny():
    return str(TINY)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    golden = Bundle.open(TINY).golden()
    folder = tmp_path_factory.mktemp("pictures")
    paths = []
    for number, pixels in enumerate(golden.probes):
        paths.append(str(folder / f"{number}.npy"))
        np.save(paths[-1], pixels, allow_pickle=False)
    decided = {
        decision: (paths[first], paths[second])
        for (first, second, _), decision in zip(
            golden.pairs, golden.decisions["onnx-fp32"], strict=True
        )
    }
    return Pictures(tuple(paths), decided[True], decided[False])


@pytest.fixture(scope="session")
def twinlet_process():
    """Run `twinlet WORDS...` as a user does, in a process of its own."""

    def run(*words, **options):
        command = [sys.executable, "-m", "twinlet", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)

    return run
