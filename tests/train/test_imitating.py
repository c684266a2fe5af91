"""A twin that learns from another one, which must not know what is held back."""

import json
import shutil

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train import TrainConfig, load_twin
from twinlet_train.run import RECORD
from twinlet_train.training import train

SMALL = {
    "model.backbone": "tiny",
    "model.embedding": "16",
    "fit.learning_rate": "2e-3",
    "fit.epochs": "2",
}


def config(**changes):
    return TrainConfig.from_options("digits", settings={**SMALL, **changes})


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A finished run."""
    return train(config(), tmp_path_factory.mktemp("teacher") / "run").path


@pytest.mark.parametrize("loss", ["supervised-contrastive", "cosface"])
def test_a_twin_learns_from_another_one(teacher, tmp_path, loss):
    changes = {"loss.teacher": str(teacher), "loss.name": loss, "fit.epochs": "6"}
    run = train(config(**{"model.embedding": "8", **changes}), tmp_path / "run")
    assert load_twin(run).output_shape == (None, 8)
    assert run.record["test"]["all_pairs"]["auc"] > 0.7


def without_a_class(tmp_path):
    """The digits but for one class, and so other data, of which the images are no others."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    kept = digits.target != 9
    images = np.rint(digits.images[kept] * (255 / 16)).astype(np.uint8)
    np.savez(tmp_path / "fewer.npz", images=images, labels=digits.target[kept])
    return str(tmp_path / "fewer.npz")


def test_a_teacher_of_other_data_that_knows_what_is_held_back_is_refused(teacher, tmp_path, caplog):
    fewer = without_a_class(tmp_path)
    settings = {**SMALL, "loss.teacher": str(teacher)}
    student = TrainConfig.from_options(fewer, settings=settings)
    with pytest.raises(InvalidInputError, match=r"learnt from images .*such as image \d+, "):
        train(student, tmp_path / "run")
    older = shutil.copytree(teacher, tmp_path / "older")
    record = json.loads((older / RECORD).read_text())
    del record["split"]["trained_on"]
    (older / RECORD).write_text(json.dumps(record))
    settings["loss.teacher"] = str(older)
    train(TrainConfig.from_options(fewer, settings=settings), tmp_path / "run")
    assert "before runs told on which images" in caplog.text


def test_a_teacher_that_does_not_fit_is_refused(teacher, tmp_path):
    with pytest.raises(InvalidInputError, match="takes images of 8x8x1, got 16x16x1"):
        train(config(**{"loss.teacher": str(teacher), "data.size": "16"}), tmp_path / "run")
    with pytest.raises(InvalidInputError, match="images that this run validates, calibrates or"):
        train(config(**{"loss.teacher": str(teacher), "split.seed": "5"}), tmp_path / "run")
    with pytest.raises(InvalidInputError, match="no run in"):
        train(config(**{"loss.teacher": str(tmp_path)}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
