import time

import keras
import numpy as np
import pytest

from twinlet_train.schedules import LearningRate, rate_at
from twinlet_train.settings import FitConfig


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (0.0, 0.01),
        (0.1, 0.505),  # half of the warm-up: halfway from 0.01 to 1
        (0.2, 1.0),
        (0.6, 0.505),  # half of the cosine
        (1.0, 0.01),
        (1.7, 0.01),  # past the end it stays
    ],
)
def test_cosine_with_warm_up(progress, expected):
    assert rate_at(progress, schedule="cosine", warmup=0.2) == pytest.approx(expected)


def test_constant_rises_in_the_warm_up_only():
    at = [rate_at(p, schedule="constant", warmup=0.5) for p in (0.0, 0.25, 0.5, 0.9, 1.0)]
    assert at == pytest.approx([0.01, 0.505, 1.0, 1.0, 1.0])
    assert rate_at(0.0, schedule="constant", warmup=0.0) == 1.0


class Seen(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.rates = []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def fitted(rate, *, epochs=2, steps=30, others=()):
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    net.compile("sgd", "mse")
    seen = Seen()
    x = np.zeros((steps, 1), np.float32)
    net.fit(x, x, batch_size=1, epochs=epochs, callbacks=[rate, *others, seen], verbose=0)
    return seen.rates


def test_the_rate_reaches_the_optimizer():
    fit = FitConfig(learning_rate=0.5, epochs=2)
    rates = fitted(LearningRate(fit, steps=60))
    assert rates[0] == pytest.approx(0.5)
    assert rates[30] == pytest.approx(0.5 * rate_at(0.5, schedule="cosine", warmup=0.0))
    assert rates[-1] == pytest.approx(0.5 * rate_at(50 / 60, schedule="cosine", warmup=0.0))
    assert len(rates) == 60


def test_the_clock_ends_training_inside_an_epoch():
    class Slow(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            time.sleep(0.05)

    fit = FitConfig(learning_rate=0.5, minutes=0.5 / 60)
    rate = LearningRate(fit, steps=10**6)
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    net.compile("sgd", "mse")
    x = np.zeros((100, 1), np.float32)
    started = time.perf_counter()
    net.fit(x, x, batch_size=1, epochs=9, callbacks=[rate, Slow()], verbose=0)
    assert rate.done < 100
    assert 0.5 <= time.perf_counter() - started < 3.0


def test_the_clock_starts_when_the_first_step_is_compiled():
    class FirstSlow(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                time.sleep(3.0)  # between the clock's start and the end of the first step

    rate = LearningRate(FitConfig(learning_rate=1.0, warmup=0.9, minutes=6.0 / 60), steps=10**6)
    rates = fitted(rate, epochs=1, steps=20, others=[FirstSlow()])
    # Half of the time is over after the first step, and next to nothing of the warm-up.
    assert rates[10] < 0.3


def test_a_resumed_run_counts_what_was_spent():
    rate = LearningRate(FitConfig(minutes=1.0), steps=1000, spent=lambda: 45.0)
    rate.done = 100
    assert rate.progress == pytest.approx(0.75)
    by_steps = LearningRate(FitConfig(), steps=1000)
    by_steps.done = 100
    assert by_steps.progress == pytest.approx(0.1)
