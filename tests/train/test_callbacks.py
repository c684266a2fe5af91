"""What is counted around the steps."""

import pytest

from twinlet_train import callbacks
from twinlet_train.callbacks import Pace, Progress, Verification
from twinlet_train.config import TrainConfig
from twinlet_train.settings import FitConfig
from twinlet_train.training import train


class Clock:
    """Seconds that pass when told to."""

    now = 10.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(callbacks, "time", clock)
    return clock


def rate(steps_done, clock, *, validates):
    """Images a second of an epoch of 4 steps and 400 images, ended in 2 s by `steps_done`."""
    pace = Pace(400)
    pace.set_params({"steps": 4})
    pace.on_epoch_begin(0)
    for batch in range(steps_done):
        pace.on_train_batch_end(batch, {"loss": 1.0})
    clock.now += 2.0
    if validates:
        pace.on_test_begin()
        clock.now += 5.0
    logs = {"loss": 1.0}
    pace.on_epoch_end(0, logs)
    return logs["images_per_second"]


@pytest.mark.parametrize("validates", [False, True])
def test_a_whole_epoch(clock, validates):
    assert rate(4, clock, validates=validates) == 400 / 2.0


def test_an_epoch_that_the_clock_ends_counts_the_images_it_saw(clock):
    assert rate(1, clock, validates=False) == 100 / 2.0


def test_comparing_the_validation_images_takes_nothing_off_the_rate(monkeypatch, tmp_path):
    before, compare = [], Verification.on_epoch_end

    def looked_at(self, epoch, logs=None):
        before.append(logs["images_per_second"])  # is there before images are compared
        compare(self, epoch, logs)

    monkeypatch.setattr(Verification, "on_epoch_end", looked_at)
    settings = {"model.backbone": "tiny", "model.embedding": "8"}
    config = TrainConfig.from_options("digits", settings=settings, epochs=2)
    run = train(config, tmp_path / "run")
    assert len(before) == 2
    assert run.record["history"]["images_per_second"] == before


def test_the_bar_ends_with_what_the_epoch_gave(capsys):
    progress = Progress(FitConfig(epochs=3))
    progress.set_params({"steps": 1})
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {"loss": 0.25})
    logs = {"loss": 0.25, "images_per_second": 123.4, "val_auc": 0.75}
    progress.on_epoch_end(0, logs)
    assert "loss 0.2500  val_auc 0.7500  123 images/s" in capsys.readouterr().err
    assert logs["images_per_second"] == 123.4
