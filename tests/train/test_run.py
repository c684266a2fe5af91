import json

import keras
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train import TrainConfig, load_run, load_twin
from twinlet_train.run import RECORD, TWIN, write_json
from twinlet_train.training import train


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


def test_a_split_of_before_is_not_mixed_up_with_todays(tmp_path):
    settings = {"model.backbone": "tiny", "model.embedding": "8", "split.protocol": "open-set"}
    run = train(TrainConfig.from_options("digits", settings=settings, epochs=1), tmp_path / "run")
    data = run.data()
    assert len(run.splits(data).train) == run.record["split"]["images"]["train"]
    run.record["split"]["protocol"] = run.record["split"]["protocol"].replace(
        "trained on ", "trained on 10, "
    )
    with pytest.raises(InvalidInputError, match=r"older twinlet, which parted its data .*again"):
        run.splits(data)
    run.record["split"]["images"]["train"] -= 7
    with pytest.raises(InvalidInputError, match=r"older twinlet, which parted its data .*again"):
        run.splits(data)
