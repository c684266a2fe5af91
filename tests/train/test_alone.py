"""One process a run folder."""

import subprocess
import sys

import pytest

from twinlet.errors import InvalidInputError
from twinlet_train import TrainConfig
from twinlet_train.alone import Hold
from twinlet_train.run import RECORD
from twinlet_train.training import train

HOLD = """
import sys
from pathlib import Path
from twinlet_train.alone import Hold
with Hold(Path(sys.argv[1])) as hold:
    hold.take()
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def config(**changes):
    settings = {"model.backbone": "tiny", "model.embedding": "8", **changes}
    return TrainConfig.from_options("digits", settings=settings, epochs=1)


def test_a_held_folder_is_refused_until_its_process_is_gone(holder, tmp_path):
    with Hold(tmp_path) as hold:
        with pytest.raises(InvalidInputError, match=r"another process trains into .*wait until"):
            hold.take()
    holder.kill()  # as a machine that runs out of memory does
    holder.wait()
    with Hold(tmp_path) as hold:
        hold.take()
        hold.take()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_training_leaves_a_folder_as_it_is(holder, tmp_path, resume):
    (tmp_path / RECORD).write_text("not read")
    with pytest.raises(InvalidInputError, match="another process trains into"):
        train(config(), tmp_path, resume=resume)
    assert (tmp_path / RECORD).read_text() == "not read"


def test_a_run_that_came_to_be_meanwhile_is_not_written_over(tmp_path, monkeypatch):
    out = tmp_path / "run"

    def meanwhile(data):
        out.mkdir()
        (out / RECORD).write_text("of another process")

    monkeypatch.setattr("twinlet_train.training.check_variety", meanwhile)
    with pytest.raises(InvalidInputError, match="holds a run already"):
        train(config(), out)
    assert (out / RECORD).read_text() == "of another process"


def test_a_folder_that_cannot_be_read(tmp_path):
    with Hold(tmp_path / "gone") as hold:
        with pytest.raises(InvalidInputError, match=r"cannot read the folder .*gone: No such file"):
            hold.take()


def test_nothing_is_held_where_the_system_has_no_such_locks(holder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with Hold(tmp_path) as hold:
        hold.take()


def test_an_empty_folder_that_is_there_takes_a_run(tmp_path):
    run = train(config(), tmp_path)
    assert run.finished
    assert train(config(), tmp_path, resume=True).finished
