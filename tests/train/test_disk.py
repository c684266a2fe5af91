"""A full disk while saving: a clear error, and the run goes on where it was."""

import errno
import os
import subprocess
import sys

import keras
import pytest

from twinlet_train.disk import check_room


@pytest.fixture
def model():
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    net.compile(keras.optimizers.Adam())
    net.optimizer.build(net.trainable_variables)
    return net


def test_room_is_taken_and_given_back(tmp_path, model):
    check_room(tmp_path, model)
    assert list(tmp_path.iterdir()) == []


def test_what_is_reserved_covers_what_is_written(tmp_path, model, monkeypatch):
    reserved = []
    monkeypatch.setattr(os, "posix_fallocate", lambda _, start, size: reserved.append(size))
    check_room(tmp_path, model)
    model.save(tmp_path / "a.keras")
    model.save_weights(tmp_path / "a.weights.h5")
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= reserved[0]


def test_no_room_is_an_os_error_before_anything_is_written(tmp_path, model, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        check_room(tmp_path, model)
    assert list(tmp_path.iterdir()) == []


def test_systems_that_cannot_reserve_are_asked_what_is_free(tmp_path, model, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate")
    check_room(tmp_path, model)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(OSError, match="No space left"):
        check_room(tmp_path, model)


CHILD = """
import resource, sys
from twinlet.cli import main
# No file may pass this size: writing fails as on a full disk, with another reason.
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
sys.exit(main(sys.argv[1:]))
"""


def test_a_run_whose_disk_was_full_ends_clearly_and_resumes(tmp_path):
    out = tmp_path / "run"
    words = ["train", "--data", "digits", "--out", str(out), "--epochs", "1"]
    words += ["--set", "model.backbone=tiny", "--set", "model.embedding=8"]
    full = subprocess.run(
        [sys.executable, "-c", CHILD, *words], capture_output=True, text=True, check=False
    )
    assert full.returncode == 2, full.stderr  # HDF5 would have ended it by a signal
    assert "cannot write the run folder" in full.stderr
    assert "make room and use --resume" in full.stderr
    assert "Traceback" not in full.stderr
    done = subprocess.run(
        [sys.executable, "-m", "twinlet", *words, "--resume"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "twin.keras").is_file()
