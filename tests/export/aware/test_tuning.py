"""Short trainings of wrapped networks: they learn, they keep their promise, they go on."""

import numpy as np
import pytest
import tf_keras

from twinlet.backends import open_engine
from twinlet.errors import InvalidInputError, ParityError
from twinlet_export.aware import tuning
from twinlet_export.aware.methods import CLUSTERS, METHODS, SPARSITY, large_layers
from twinlet_export.aware.mirror import poured_back
from twinlet_export.aware.objective import Objective, objective
from twinlet_export.aware.saving import load
from twinlet_export.aware.tuning import Schedule, tune
from twinlet_export.to_tflite import aware_to_tflite

SHORT = Schedule(steps=40, minutes=10.0, learning_rate=1e-3)


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def task(twin, learning, make_config):
    config = make_config(loss__name="supervised-contrastive", fit__classes_per_batch="8")
    return objective(config, twin, learning.data, learning.train)


@pytest.fixture
def tuned(request, twin, task, tmp_path, made):
    """One tuning a method for all tests here, with the losses of its steps."""
    name = request.param
    if name not in made:
        losses = []
        result = tune(
            name,
            twin,
            task,
            schedule=SHORT,
            state=tmp_path / "state.npz",
            report=lambda done, of, loss: losses.append(loss),
        )
        made[name] = (name, result, losses)
    return made[name]


EACH = pytest.mark.parametrize("tuned", sorted(METHODS), indirect=True)


@EACH
def test_it_learns(tuned):
    _, result, losses = tuned
    assert len(losses) == result.facts["steps"] == SHORT.steps
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


@EACH
def test_its_weights_make_a_twin_that_computes_the_same(tuned, twin, pixels, cosines):
    name, result, _ = tuned
    prepared = np.asarray(result.before(pixels))
    wrapped = np.asarray(result.network(prepared, training=False))
    found = np.asarray(poured_back(twin, result.weights)(pixels, training=False))
    # The quantization-aware network rounds what its twin does not.
    assert cosines(found, wrapped).min() > (0.98 if name == "int8-qat" else 0.999999)


@pytest.mark.parametrize("tuned", ["pruned"], indirect=True)
def test_pruning_leaves_its_share_of_zeros_in_every_kernel(tuned):
    _, result, _ = tuned
    for name in ("conv2d", "conv2d_1", "embedding"):
        kernels = [
            a
            for key, arrays in result.weights.items()
            if key.startswith(name)
            for a in arrays
            if a.ndim >= 2
        ]
        for kernel in kernels:
            assert np.mean(kernel == 0.0) == pytest.approx(SPARSITY, abs=0.02)
    assert result.facts["zeros"] == pytest.approx(SPARSITY, abs=0.01)


def test_layers_with_next_to_no_weights_are_not_pruned():
    source = tf_keras.Input((8, 8, 3))
    x = tf_keras.layers.Conv2D(2, 3, name="small")(source)  # 54 weights
    x = tf_keras.layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = tf_keras.layers.Conv2D(50, 1, name="just_large", use_bias=False)(x)  # 100
    x = tf_keras.layers.Flatten()(x)
    network = tf_keras.Model(source, tf_keras.layers.Dense(12, name="dense")(x))  # 9600
    # A hundredth of 9754 is 97.5.
    assert large_layers(network) == {"just_large", "dense"}


@pytest.mark.parametrize("tuned", ["clustered"], indirect=True)
def test_clustering_leaves_few_values(tuned):
    _, result, _ = tuned
    kernels = [
        a for arrays in result.weights.values() for a in arrays if a.ndim >= 2 and a.shape[-1] > 1
    ]
    assert kernels
    assert all(len(np.unique(kernel)) <= CLUSTERS for kernel in kernels)
    assert result.facts["values"] <= CLUSTERS


@pytest.mark.parametrize("tuned", ["int8-qat"], indirect=True)
def test_the_integer_file_computes_what_tuning_simulated(tuned, twin, pixels, cosines):
    _, result, _ = tuned

    def embed(images):
        return result.network(result.before(images, training=False), training=False)

    engine = open_engine("litert", aware_to_tflite(embed, (16, 16, 3)))
    assert (engine.input.dtype, engine.output.dtype) == ("uint8", "float32")
    simulated = np.asarray(embed(pixels))
    assert cosines(engine.embed(pixels), simulated).min() > 0.99


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_killed_tuning_ends_where_a_whole_one_does(name, twin, task, tmp_path, monkeypatch):
    monkeypatch.setattr(tuning, "SAVED_EVERY", 0.0)  # seconds: after every step
    schedule = Schedule(steps=14, minutes=10.0, learning_rate=1e-3)

    def run(state, report=lambda done, of, loss: None):
        return tune(name, twin, task, schedule=schedule, state=state, report=report)

    class KilledError(Exception):
        pass

    def kill(done, of, loss):
        if done == 5:
            raise KilledError

    with pytest.raises(KilledError):
        run(tmp_path / "a.npz", kill)
    halfway = load(tmp_path / "a.npz")
    assert halfway.done == 5
    seen = []
    again = run(tmp_path / "a.npz", lambda done, of, loss: seen.append(done))
    assert seen == list(range(6, 15))
    whole = run(tmp_path / "b.npz")
    for key, arrays in whole.weights.items():
        for array, other in zip(arrays, again.weights[key], strict=True):
            np.testing.assert_allclose(other, array, rtol=1e-3, atol=1e-4)
    # And the steps after the kill moved them by far more than that.
    final = load(tmp_path / "a.npz").arrays
    moved = [
        np.abs(after - before).max()
        for before, after in zip(halfway.arrays, final, strict=False)
        if after.ndim == 4
    ]
    assert min(moved) > 1e-3
    # And a finished one is not tuned again.
    assert run(tmp_path / "a.npz", lambda *_: pytest.fail("tuned again")).facts == again.facts


def test_the_clock_ends_it_too(twin, task, tmp_path):
    schedule = Schedule(steps=10**6, minutes=1e-4)
    result = tune(
        "pruned", twin, task, schedule=schedule, state=tmp_path / "s.npz", report=lambda *_: None
    )
    assert 1 <= result.facts["steps"] < 100


def test_a_folder_that_cannot_be_written_costs_no_step(twin, task, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="cannot keep the state of fine-tuning"):
        tune(
            "pruned",
            twin,
            task,
            schedule=SHORT,
            state=tmp_path / "file" / "s.npz",
            report=lambda *_: pytest.fail("a step"),
        )


def test_a_disk_that_fills_up_later_costs_the_state_only(twin, task, tmp_path, monkeypatch, caplog):
    real = tuning.save
    calls = []

    def full(path, saved):
        calls.append(saved.done)
        if len(calls) > 1:
            raise InvalidInputError("cannot keep the state: no space left")
        real(path, saved)

    monkeypatch.setattr(tuning, "save", full)
    result = tune(
        "pruned", twin, task, schedule=SHORT, state=tmp_path / "s.npz", report=lambda *_: None
    )
    assert result.facts["steps"] == SHORT.steps
    assert "no space left" in caplog.text


def test_a_loss_that_is_not_finite(twin, task, tmp_path):
    broken = Objective(task.dataset, lambda embed, x, y: task.loss(embed, x, y) * np.nan)
    with pytest.raises(ParityError, match=r"tuning pruned broke down in step 1: the loss is nan"):
        tune(
            "pruned", twin, broken, schedule=SHORT, state=tmp_path / "s.npz", report=lambda *_: None
        )
    assert load(tmp_path / "s.npz").done == 0
