"""One real run and one real bundle for all pipeline tests; skipped without TensorFlow."""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = ["*"] if find_spec("tensorflow") is None else []

# Keras 3 copies variables in a way that numpy 2 announces it will change; nothing to fix here.
KERAS_COPY = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"

TUNE_MINUTES = 2.0  # the 600 steps end sooner
EPOCHS = 10  # enough for AUC 0.98 on digits, in a few seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(KERAS_COPY))


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one object that `--json` prints."""
        return json.loads(self.stdout)


def twinlet(*words: object, cwd: Path | None = None) -> Finished:
    """Run the real command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "twinlet", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def command() -> Any:
    return twinlet


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin trained on digits, by the command line."""
    folder = tmp_path_factory.mktemp("pipeline") / "run"
    settings = ("model.backbone=tiny", "fit.learning_rate=0.002")
    done = twinlet(
        *("train", "--data", "digits", "--out", folder, "--epochs", EPOCHS, "--json"),
        *(word for setting in settings for word in ("--set", setting)),
    )
    assert done.returncode == 0, done.stderr
    return folder


@dataclass(frozen=True)
class Bundled:
    """A bundle, and what its export said."""

    path: Path
    finished: Finished


@pytest.fixture(scope="session")
def exported(run_folder: Path) -> Bundled:
    """All files of that twin, exported by the command line."""
    path = run_folder.parent / "digits.twin"
    words = ("--tune-minutes", TUNE_MINUTES)
    return Bundled(path, twinlet("export", run_folder, "--out", path, *words, "--json"))


@pytest.fixture(scope="session")
def images(run_folder: Path) -> Any:
    """Calibration and test images of the run, with labels, found without the export stage."""
    from twinlet_train import load_run

    run = load_run(run_folder)
    data = run.data()
    splits = run.splits(data)
    return {
        part: (data.images[getattr(splits, part)], data.labels[getattr(splits, part)])
        for part in ("train", "calibration", "test")
    }
