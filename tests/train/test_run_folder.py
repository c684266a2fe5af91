import json
import os

import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.config import TrainConfig
from twinlet_train.run import RECORD
from twinlet_train.run_folder import MAY_CHANGE, prepare_folder

CONFIG = TrainConfig.from_options("digits")


@pytest.fixture
def started(tmp_path):
    content = {"config": CONFIG.tables(), "status": "running"}
    (tmp_path / RECORD).write_text(json.dumps(content))
    return tmp_path


def test_free_folders(tmp_path):
    assert prepare_folder(CONFIG, tmp_path, resume=False) is None
    assert prepare_folder(CONFIG, tmp_path / "a" / "b", resume=False) is None


def test_a_run_to_go_on_with(started):
    assert prepare_folder(CONFIG, started, resume=True).path == started
    with pytest.raises(InvalidInputError, match="holds a run already"):
        prepare_folder(CONFIG, started, resume=False)


def test_nothing_to_go_on_with(tmp_path):
    with pytest.raises(InvalidInputError, match="nothing to resume"):
        prepare_folder(CONFIG, tmp_path, resume=True)


def test_something_else_is_there(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(InvalidInputError, match="is not empty and holds no run"):
        prepare_folder(CONFIG, tmp_path, resume=False)
    for path in (tmp_path / "letters.txt", tmp_path / "letters.txt" / "run"):
        with pytest.raises(InvalidInputError, match=r"letters\.txt is a file"):
            prepare_folder(CONFIG, path, resume=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InvalidInputError, match="no permission to write"):
        prepare_folder(CONFIG, tmp_path, resume=False)


@pytest.mark.parametrize("setting", ["fit.seed=1", "model.backbone=tiny", "loss.margin=0.1"])
def test_another_setting(started, setting):
    key, _, value = setting.partition("=")
    other = TrainConfig.from_options("digits", settings={key: value})
    with pytest.raises(InvalidInputError, match=f"cannot resume .* with {key}={value}"):
        prepare_folder(other, started, resume=True)


def test_settings_that_may_change(started):
    values = {key: "true" if key == "fit.tensorboard" else "7" for key in MAY_CHANGE}
    other = TrainConfig.from_options("digits", settings=values)
    assert prepare_folder(other, started, resume=True).config == CONFIG


def test_what_a_full_disk_left_is_not_in_the_way(tmp_path):
    (tmp_path / RECORD).with_suffix(".tmp").write_text("{")
    assert prepare_folder(CONFIG, tmp_path, resume=False) is None
