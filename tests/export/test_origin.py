"""What a path names: a run, a model, or neither."""

import re

import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.origin import open_origin
from twinlet_train import TrainConfig
from twinlet_train.training import train


@pytest.mark.parametrize("pixels", [None, (0.0, 1.0)])
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("x.tflite", "a file .tflite"),
        ("x.onnx", "a file .onnx"),
        ("bare", "a file of no kind"),
        ("missing.keras", "nothing there"),
        ("missing", "nothing there"),
    ],
)
def test_neither_a_run_nor_a_model(name, found, pixels, tmp_path):
    path = tmp_path / name
    if not name.startswith("missing"):
        path.write_bytes(b"x")
    with pytest.raises(InvalidInputError) as caught:
        open_origin(path, None, pixels, None)
    assert str(caught.value) == (
        f"cannot export {path}: expected a folder that `twinlet train --out` wrote, or a model of "
        f"your own (.keras or .h5, or a SavedModel folder), got {found}"
    )


def test_the_twin_of_a_run(tmp_path):
    for name in ("twin.keras", "run.json"):
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "twin.keras"
    message = f"{path} is the twin of a run and brings no data; name the run: {tmp_path}"
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        open_origin(path, None, None, None)


def test_a_model_without_data(tmp_path):
    (tmp_path / "x.keras").write_bytes(b"x")
    with pytest.raises(InvalidInputError, match=r"x\.keras is a model and brings no data"):
        open_origin(tmp_path / "x.keras", None, None, None)


def test_a_range_for_a_run(tmp_path):
    with pytest.raises(InvalidInputError, match="no run in"):
        open_origin(tmp_path, None, (0.0, 1.0), None)
    (tmp_path / "run.json").write_bytes(b"x")
    with pytest.raises(InvalidInputError, match="is a run of twinlet; leave it out"):
        open_origin(tmp_path, None, (0.0, 1.0), None)


def test_no_promise_about_strangers_from_a_twin_that_knows_who_calibrates_it(tmp_path):
    settings = {"model.backbone": "tiny", "model.embedding": "8"}
    config = TrainConfig.from_options("digits", settings=settings, epochs=1)
    train(config, tmp_path / "run")
    with pytest.raises(InvalidInputError, match=r"calibrate it \(closed-set\).*--unit identity"):
        open_origin(tmp_path / "run", None, None, "identity")
    for unit in (None, "image"):
        assert open_origin(tmp_path / "run", None, None, unit).splits.unit == "image"
