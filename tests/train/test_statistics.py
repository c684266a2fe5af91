"""Re-estimated statistics are those of all batches together."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.statistics import restimate


def model(*, trainable=True):
    """y = BN(x), then BN(2y + 1): two channels, weights known."""
    x = keras.Input((3, 3, 2))
    first = keras.layers.BatchNormalization(name="first", momentum=0.9, trainable=trainable)
    second = keras.layers.BatchNormalization(name="second", momentum=0.8)
    y = keras.layers.Rescaling(2.0, offset=1.0)(first(x))
    return keras.Model(x, second(y))


def statistics(net, name):
    layer = net.get_layer(name)
    return np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)


def batches(*sizes):
    rng = np.random.default_rng(1)
    return [rng.normal(i, 1 + i, (n, 3, 3, 2)).astype(np.float32) for i, n in enumerate(sizes)]


def test_the_first_layer_gets_mean_and_variance_of_all_images():
    net, given = model(), batches(4, 4, 2)
    restimate(net, given)
    everything = np.concatenate(given).astype(np.float64)
    mean, variance = statistics(net, "first")
    assert np.allclose(mean, everything.mean((0, 1, 2)), rtol=1e-5)
    assert np.allclose(variance, everything.var((0, 1, 2)), rtol=1e-5)


def test_a_later_layer_sees_what_the_layers_before_give_in_training():
    net, given = model(), batches(4, 4, 2)
    restimate(net, given)
    # In training the first layer normalises each batch by its own statistics.
    normalised = [2 * (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-3) + 1 for x in given]
    mean, variance = statistics(net, "second")
    assert np.allclose(mean, np.concatenate(normalised).mean((0, 1, 2)), rtol=1e-4)
    assert np.allclose(variance, np.concatenate(normalised).var((0, 1, 2)), rtol=1e-4)


def test_what_was_there_before_has_no_say():
    net = model()
    for name in ("first", "second"):
        net.get_layer(name).moving_mean.assign([np.nan, 1e9])
        net.get_layer(name).moving_variance.assign([np.inf, 1e9])
    restimate(net, batches(4, 4))
    fresh = model()
    restimate(fresh, batches(4, 4))
    for name in ("first", "second"):
        assert np.array_equal(statistics(net, name), statistics(fresh, name))


def test_momentum_and_weights_stay():
    net = model()
    weights = [np.asarray(weight) for weight in net.trainable_weights]
    restimate(net, iter(batches(4)))
    assert (net.get_layer("first").momentum, net.get_layer("second").momentum) == (0.9, 0.8)
    assert all(map(np.array_equal, weights, map(np.asarray, net.trainable_weights)))


def test_a_frozen_layer_keeps_its_statistics():
    net = model(trainable=False)
    restimate(net, batches(4))
    mean, variance = statistics(net, "first")
    assert (mean.tolist(), variance.tolist()) == ([0, 0], [1, 1])
    assert statistics(net, "second")[0].tolist() != [0, 0]


def test_without_batches_it_refuses_and_leaves_everything():
    net = model()
    restimate(net, batches(4))
    before = statistics(net, "first")
    with pytest.raises(InvalidInputError, match="some hundred training batches, got none"):
        restimate(net, [])
    assert np.array_equal(statistics(net, "first"), before)
    assert net.get_layer("first").momentum == 0.9


def test_a_model_without_batch_normalisation_is_left_alone():
    x = keras.Input((2,))
    restimate(keras.Model(x, keras.layers.Dense(2)(x)), [])


@pytest.mark.slow
def test_it_runs_on_jax():
    pytest.importorskip("jax")
    script = """
import keras, numpy as np
from twinlet_train.statistics import restimate
x = keras.Input((2,))
net = keras.Model(x, keras.layers.BatchNormalization(name="bn")(x))
given = [np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([[4.0, 7.0], [6.0, 7.0]])]
restimate(net, given)
bn = net.get_layer("bn")
assert np.allclose(bn.moving_mean, [3.0, 4.0]), bn.moving_mean
assert np.allclose(bn.moving_variance, [5.0, 9.0]), bn.moving_variance
print(keras.backend.backend())
"""
    command = [sys.executable, "-c", "import os; os.environ['KERAS_BACKEND'] = 'jax'\n" + script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "jax"
