"""Whole trainings, small ones: both recipes, a kill in the middle, folders in the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from twinlet.errors import InvalidInputError, MissingExtraError, TwinletError
from twinlet_train import TrainConfig, load_run, load_twin
from twinlet_train.run import PICTURES, RECORD, STATE, TWIN
from twinlet_train.training import train

SMALL = {
    "model.backbone": "tiny",
    "model.embedding": "16",
    "fit.learning_rate": "2e-3",
    "fit.epochs": "2",
}


def config(**changes):
    drawn = {"fit.triplets": "600"} if changes.get("fit.recipe") == "fixed" else {}
    return TrainConfig.from_options("digits", settings={**SMALL, **drawn, **changes})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One finished run of each recipe."""
    root = tmp_path_factory.mktemp("runs")
    return {
        recipe: train(config(**{"fit.recipe": recipe}), root / recipe)
        for recipe in ("online", "fixed")
    }


@pytest.mark.parametrize("recipe", ["online", "fixed"])
def test_both_recipes_give_the_same_kind_of_twin(runs, recipe):
    twin = load_twin(runs[recipe])
    assert twin.input_shape == (None, 8, 8, 1)
    assert twin.inputs[0].dtype == "uint8"
    assert twin.output_shape == (None, 16)
    assert [tensor.name for tensor in twin.inputs] == ["pixels"]


@pytest.mark.parametrize("recipe", ["online", "fixed"])
def test_a_run_folder_is_complete(runs, recipe):
    run = runs[recipe]
    assert sorted(path.name for path in run.path.iterdir()) == [
        "config.toml",
        PICTURES,
        RECORD,
        TWIN,
    ]
    assert sorted(path.name for path in (run.path / PICTURES).iterdir()) == [
        "history.png",
        "model.png",
        "pairs.png",
        "roc.png",
        "samples.png",
        "triplets.png",
    ]
    record = json.loads((run.path / RECORD).read_text())
    assert record["status"] == "finished"
    assert record["seed"] == 0
    assert record["versions"]["keras"]
    assert len(record["history"]["loss"]) == record["epochs"] == 2
    assert len(record["data"]["fingerprint"]) == 64
    assert load_run(run.path).config == run.config


def test_training_teaches(runs):
    # 2 epochs of 9 steps are enough to leave chance (0.5) behind
    assert runs["fixed"].record["test"]["all_pairs"]["auc"] > 0.6


def test_the_twin_kept_is_the_one_measured(runs):
    from twinlet_train.measure import measure

    run = runs["online"]
    data = run.data()
    test = run.splits(data).test
    again = measure(load_twin(run), data.images[test], data.labels[test], seed=0)
    assert again["all_pairs"]["auc"] == pytest.approx(
        run.record["test"]["all_pairs"]["auc"], abs=1e-4
    )


def test_other_data_is_not_taken_for_the_training_data(runs, folder):
    with pytest.raises(InvalidInputError, match="is not the data"):
        runs["online"].data(str(folder(3, 8)))


def test_a_folder_in_use_is_left_alone(runs, tmp_path):
    with pytest.raises(InvalidInputError, match="holds a run already"):
        train(config(), runs["online"].path)
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InvalidInputError, match="not empty and holds no run"):
        train(config(), tmp_path)
    for taken in (tmp_path / "mine.txt", tmp_path / "mine.txt" / "run"):
        with pytest.raises(InvalidInputError, match=r"mine\.txt is a file"):
            train(config(), taken)
    with pytest.raises(InvalidInputError, match="nothing to resume"):
        train(config(), tmp_path / "new", resume=True)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_a_finished_run_is_not_trained_again(runs):
    run = runs["online"]
    before = (run.path / TWIN).read_bytes()
    assert train(run.config, run.path, resume=True).record == run.record
    assert (run.path / TWIN).read_bytes() == before


def test_a_finished_run_does_not_go_on(runs, tmp_path):
    run = runs["online"]
    longer = config(**{"fit.epochs": "3"})
    with pytest.raises(
        InvalidInputError, match=r"after 2 epochs with fit\.epochs=2.*fit\.epochs=3"
    ):
        train(longer, run.path, resume=True)
    shutil.copytree(run.path, tmp_path / "run")
    (tmp_path / "run" / TWIN).unlink()
    with pytest.raises(InvalidInputError, match=r"its twin\.keras is gone; put it back"):
        train(run.config, tmp_path / "run", resume=True)


def test_no_memory_left_is_a_clear_error(tmp_path, monkeypatch):
    import tensorflow as tf

    def fails(*args, **kwargs):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("twinlet_train.fitting.run_epochs", fails)
    with pytest.raises(TwinletError, match="out of memory with 10 x 12 images a batch and "):
        train(config(), tmp_path / "run")
    said = r"out of memory with 64 triplets a batch.* with a lower fit\.batch"
    with pytest.raises(TwinletError, match=said):
        train(config(**{"fit.recipe": "fixed"}), tmp_path / "fixed")


def test_what_is_not_installed_is_missed_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("twinlet_train.training.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install tensorboard"):
        train(config(**{"fit.tensorboard": "true"}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_another_defect_stays_what_it_is(tmp_path, monkeypatch):
    def fails(*args, **kwargs):
        raise KeyError("a defect")

    monkeypatch.setattr("twinlet_train.fitting.run_epochs", fails)
    with pytest.raises(KeyError, match="a defect"):
        train(config(), tmp_path / "run")


def test_resuming_with_another_configuration_is_refused(runs):
    with pytest.raises(InvalidInputError, match=r"loss\.margin=0\.3: it was started with 0\.0"):
        train(config(**{"loss.margin": "0.3"}), runs["online"].path, resume=True)


def test_patience_and_minutes_stop(tmp_path):
    run = train(config(**{"fit.epochs": "50", "fit.minutes": "0.0001"}), tmp_path / "run")
    assert run.record["stopped_by"] == "minutes"
    assert run.record["epochs"] == 1


def test_too_many_images_to_compare_are_drawn_from_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("twinlet_train.training.VALIDATION_IMAGES", 40)
    monkeypatch.setattr("twinlet_train.training.TEST_IMAGES", 50)
    run = train(config(**{"fit.epochs": "1"}), tmp_path / "run")
    assert run.record["split"]["compared"] == {"validation": 40, "test": 50}
    every = run.record["test"]["all_pairs"]
    assert every["mated"] + every["non_mated"] == 50 * 49 // 2


@pytest.mark.parametrize(
    "settings",
    [
        {"loss.name": "supervised-contrastive", "loss.scale": "1e38"},
        {"fit.learning_rate": "1e30"},
    ],
)
def test_a_broken_loss_is_a_clear_error(tmp_path, settings):
    with pytest.raises(TwinletError, match=r"broke down in epoch 1.*lower fit\.learning_rate"):
        train(config(**settings), tmp_path / "run")
    assert load_run(tmp_path / "run").record["status"] == "running"


def test_a_killed_run_resumes_where_its_last_epoch_ended(tmp_path):
    out = tmp_path / "run"
    words = [sys.executable, "-m", "twinlet", "train", "--data", "digits", "--out", str(out)]
    settings = [f"{key}={value}" for key, value in SMALL.items() if key != "fit.epochs"]
    for setting in [*settings, "fit.patience=100"]:
        words += ["--set", setting]
    process = subprocess.Popen(
        [*words, "--epochs", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    state = out / STATE / "state.json"
    give_up = time.monotonic() + 120
    while not (state.exists() and json.loads(state.read_text())["epoch"] >= 2):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < give_up
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(InvalidInputError, match="holds no finished twin"):
        load_twin(out)
    done = json.loads(state.read_text())
    settings = {**SMALL, "fit.patience": "100", "fit.epochs": str(done["epoch"] + 1)}
    resumed = train(TrainConfig.from_options("digits", settings=settings), out, resume=True)
    assert resumed.record["epochs"] == done["epoch"] + 1
    for key, values in done["history"].items():
        assert resumed.record["history"][key][: done["epoch"]] == values
    # weights and optimizer came back: the loss goes on, it does not start again
    losses = resumed.record["history"]["loss"]
    assert losses[-1] < np.mean([losses[0], losses[done["epoch"] - 1]]) + 0.02


@pytest.mark.parametrize(
    "changes",
    [
        {"loss.name": "contrastive"},
        {"loss.name": "contrastive", "fit.recipe": "fixed"},
        {"loss.name": "multi-similarity"},
        {"loss.name": "supervised-contrastive"},
        {"loss.name": "proxy-anchor"},
        {"loss.name": "cosface", "fit.average": "0.5", "fit.warmup": "0.1"},
        {"loss.name": "arcface", "fit.optimizer": "sgd", "fit.weight_decay": "5e-4"},
        {"loss.mining": "batch-hard", "loss.soft": "true", "loss.distance": "euclidean"},
        {"loss.mining": "distance-weighted", "fit.precision": "mixed_float16"},
        {"fit.precision": "mixed_bfloat16", "fit.monitor": "val_fnmr"},
    ],
    ids=lambda changes: " ".join(changes.values()),
)
def test_every_way_to_train_learns(changes, tmp_path):
    run = train(config(**{"fit.epochs": "6", **changes}), tmp_path / "run")
    twin = load_twin(run)
    assert all(layer.dtype_policy.name == "float32" for layer in twin.layers)
    assert twin.output_shape == (None, 16)
    # A coin has 0.5; six epochs of a tiny network on digits reach 0.73 to 0.95.
    assert run.record["test"]["all_pairs"]["auc"] > 0.7


def test_images_grow_and_the_twin_keeps_its_size(tmp_path):
    changes = {"data.size": "24", "fit.start_size": "8", "fit.epochs": "4"}
    run = train(config(**changes), tmp_path / "run")
    assert load_twin(run).input_shape == (None, 24, 24, 1)
    assert len(run.record["history"]["loss"]) == 4
    assert run.record["test"]["all_pairs"]["auc"] > 0.6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss.name": "cosface", "fit.recipe": "fixed"}, "takes loss.name triplet or contr"),
        ({"fit.start_size": "4", "fit.recipe": "fixed"}, "fixed takes no fit.start_size"),
        ({"fit.start_size": "7", "model.backbone": "dense"}, "takes images of one size only"),
        ({"loss.name": "hinge"}, "unknown loss.name 'hinge'"),
        ({"split.protocol": "open-set", "split.test": "0.3"}, r"got split\.test=0\.3; leave it"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, message, tmp_path):
    with pytest.raises(InvalidInputError, match=message):
        train(config(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()
