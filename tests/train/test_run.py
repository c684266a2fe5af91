import json

import keras
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train import load_run, load_twin
from twinlet_train.run import RECORD, TWIN, write_json


def test_no_run_there(tmp_path):
    with pytest.raises(InvalidInputError, match=r"no run in .*twinlet train --out"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"config": {}}',
        '{"config": 3, "status": "running"}',
        '{"config": {}, "status": "odd"}',
    ],
)
def test_a_damaged_record(tmp_path, content):
    (tmp_path / RECORD).write_text(content)
    with pytest.raises(InvalidInputError, match="is damaged"):
        load_run(tmp_path)


def test_settings_of_another_version(tmp_path):
    content = {"config": {"fit": {"margin": 0.4}}, "status": "finished"}
    (tmp_path / RECORD).write_text(json.dumps(content))
    with pytest.raises(InvalidInputError, match=r"another version of twinlet.*margin"):
        load_run(tmp_path)


def test_an_unfinished_run_has_no_twin(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps({"config": {}, "status": "running"}))
    with pytest.raises(InvalidInputError, match="holds no finished twin"):
        load_twin(tmp_path)
    (tmp_path / RECORD).write_text(json.dumps({"config": {}, "status": "finished"}))
    with pytest.raises(InvalidInputError, match=r"is finished, but its twin\.keras is gone"):
        load_twin(tmp_path)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text()) == {"a": 1}


def test_a_damaged_twin(tmp_path):
    (tmp_path / RECORD).write_text(json.dumps({"config": {}, "status": "finished"}))
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]).save(tmp_path / TWIN)
    content = bytearray((tmp_path / TWIN).read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = bytes(byte ^ 0x55 for byte in content[third : 2 * third])
    (tmp_path / TWIN).write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"twin\.keras is damaged"):
        load_twin(tmp_path)
