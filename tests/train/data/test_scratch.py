"""What becomes of scratch files: nothing stays, and a full disk is told of."""

import errno
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from twinlet.errors import TwinletError
from twinlet_train.data import open_data, scratch
from twinlet_train.data.scratch import FOLDER_VARIABLE, Scratch, scratch_folder


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(path))
    return path


def open_files():
    return len(os.listdir("/proc/self/fd"))


def test_it_has_no_name_and_is_closed_with_its_owner(place):
    before = open_files()
    file = Scratch("pets", 100)
    assert list(place.iterdir()) == []
    assert open_files() == before + 1
    del file
    gc.collect()
    assert open_files() == before


def test_bytes_come_back():
    file = Scratch("pets", 100)
    file.write(np.arange(12, dtype=np.uint8).reshape(3, 4), 8)
    back = np.empty((2, 3), dtype=np.uint8)
    file.read(back, 10)
    assert back.ravel().tolist() == [2, 3, 4, 5, 6, 7]


def test_beyond_its_end_is_an_error():
    file = Scratch("pets", 100)
    with pytest.raises(TwinletError, match=r"scratch file of pets in .* ends at byte 0"):
        file.read(np.empty(1, dtype=np.uint8), 0)


def test_the_folder(monkeypatch, tmp_path):
    assert scratch_folder() == tmp_path / "scratch"
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert scratch_folder() == scratch.BIG_FILES
    monkeypatch.setattr(scratch, "BIG_FILES", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert scratch_folder() == tmp_path


def test_too_little_room_is_told_before_anything_is_decoded(folder, place, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(TwinletError) as caught:
        open_data(str(folder(3, 8)), memory_mb=0)
    message = str(caught.value)
    assert "up to 1,536 bytes" in message  # 24 images of 8 x 8
    assert f"in {place}: only 1,000 are free there" in message
    assert "in TMPDIR, lower data.size, or raise data.memory_mb" in message


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(folder, place, monkeypatch):
    real, written = os.pwrite, []

    def filling_up(descriptor, data, offset):
        if len(written) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(offset)
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", filling_up)
    before = open_files()
    with pytest.raises(TwinletError, match=r"No space left on device after 320; name a folder"):
        open_data(str(folder(3, 8)), memory_mb=0)
    gc.collect()
    assert open_files() == before
    assert list(place.iterdir()) == []


def test_a_folder_that_is_not_there(folder, monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(TwinletError, match=r"in .*nowhere: No such file or directory"):
        open_data(str(folder(3, 8)), memory_mb=0)


CHILD = """
import os, sys, time
from twinlet_train.data import open_data
data = open_data(sys.argv[1], memory_mb=0)
print(type(data.images).__name__, flush=True)
time.sleep(60)
"""


def test_nothing_is_left_behind_by_a_kill(folder, place):
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder(3, 8))], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "DiskImages\n"
    links = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert any(link.startswith(str(place)) for link in links)  # it is there, while it is used
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list(place.iterdir()) == []
