"""Which epoch is kept, when to stop, and what a restart finds."""

import json

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.checkpoint import STATE_FILE, Checkpoint


def model():
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    net.compile("adam", "mse")
    return net


def weight(net):
    return float(np.asarray(net.get_weights()[0])[0, 0])


@pytest.fixture
def checkpoint(tmp_path):
    def make(net=None, **changes):
        settings = {"monitor": "m", "rising": True, "patience": 2, "minutes": 0.0, **changes}
        net = net or model()
        made = Checkpoint(tmp_path, net, **settings)
        made.set_model(net)
        return made

    return make


def go(checkpoint, values):
    """Let epochs end with these values; the weight is set to the epoch's number first."""
    start = checkpoint.state.epoch
    for epoch, value in enumerate(values, start):
        checkpoint.on_epoch_begin(epoch)
        checkpoint.model.set_weights([np.full((2, 1), epoch + 1.0, np.float32)])
        checkpoint.on_epoch_end(epoch, {"m": value, "loss": 1.0 / (epoch + 1)})


@pytest.mark.parametrize(
    ("rising", "values", "best"), [(True, [0.1, 0.9, 0.3], 2), (False, [0.5, 0.2, 0.4], 2)]
)
def test_the_best_weights_come_back(checkpoint, rising, values, best):
    kept = checkpoint(rising=rising)
    go(kept, values)
    assert kept.state.best_epoch == best
    assert weight(kept.model) == 3.0
    kept.restore_best()
    assert weight(kept.model) == best


def test_patience_counts_epochs_without_a_better_one(checkpoint):
    kept = checkpoint()
    go(kept, [0.5, 0.4, 0.6, 0.6])  # equal is not better
    assert (kept.state.waited, kept.state.stopped_by) == (1, "epochs")
    go(kept, [0.2])
    assert kept.state.stopped_by == "patience"
    assert kept.model.stop_training
    assert kept.done(epochs=100)


def test_only_the_weights_the_state_names_stay(checkpoint, tmp_path):
    kept = checkpoint()
    go(kept, [0.5, 0.9, 0.1])
    names = sorted(path.name for path in tmp_path.glob("*.weights.h5"))
    assert names == ["epoch-0002.weights.h5", "epoch-0003.weights.h5"]
    state = json.loads((tmp_path / STATE_FILE).read_text())
    assert (state["best_weights"], state["latest_weights"]) == tuple(names)


def test_a_restart_finds_weights_optimizer_and_counters(checkpoint):
    net = model()
    net.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    before = checkpoint(net)
    before.on_epoch_begin(0)
    before.on_epoch_end(0, {"m": 0.7, "loss": 0.5})
    after = checkpoint()
    after.restore()
    assert after.state == before.state
    assert weight(after.model) == weight(net)
    assert int(after.model.optimizer.iterations) == int(net.optimizer.iterations) == 1
    for old, new in zip(net.optimizer.variables, after.model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(old.value), np.asarray(new.value))


def test_a_restart_before_the_first_epoch_ended_starts_over(checkpoint):
    kept = checkpoint()
    kept.restore()
    assert kept.state.epoch == 0


def no_json(folder):
    (folder / STATE_FILE).write_text("{")


def no_weights(folder):
    for path in folder.glob("*.weights.h5"):
        path.unlink()


def cut_weights(folder):
    for path in folder.glob("*.weights.h5"):
        path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize("spoil", [no_json, no_weights, cut_weights])
def test_a_damaged_state_is_refused(checkpoint, tmp_path, spoil):
    go(checkpoint(), [0.5])
    spoil(tmp_path)
    with pytest.raises(InvalidInputError, match="cannot be resumed"):
        checkpoint().restore()
