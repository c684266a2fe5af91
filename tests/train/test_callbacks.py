"""What is counted around the steps."""

from twinlet_train import callbacks
from twinlet_train.callbacks import Progress
from twinlet_train.settings import FitConfig


def rate(steps_done, monkeypatch):
    """Images a second of an epoch of 4 steps and 400 images, ended in 2 s by `steps_done`."""
    progress = Progress(400, FitConfig(), show=False)
    progress.set_params({"steps": 4})
    with monkeypatch.context() as patch:
        times = iter([10.0, 12.0])
        patch.setattr(callbacks.time, "perf_counter", lambda: next(times))
        progress.on_epoch_begin(0)
        for batch in range(steps_done):
            progress.on_train_batch_end(batch, {"loss": 1.0})
        progress.on_test_begin()
    logs = {"loss": 1.0}
    progress.on_epoch_end(0, logs)
    return logs["images_per_second"]


def test_a_whole_epoch(monkeypatch):
    assert rate(4, monkeypatch) == 400 / 2.0


def test_an_epoch_that_the_clock_ends_counts_the_images_it_saw(monkeypatch):
    assert rate(1, monkeypatch) == 100 / 2.0
