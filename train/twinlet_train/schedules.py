"""The learning rate, as a function of how far training has come."""

import math
import time
from collections.abc import Callable
from typing import Any

import keras

from twinlet_train.backend import synchronise
from twinlet_train.parallel import agreed
from twinlet_train.settings import FitConfig

LOWEST = 0.01  # of the highest rate, at the start of the warm-up and at the end of the cosine


def rate_at(progress: float, *, schedule: str, warmup: float) -> float:
    """Share of the highest learning rate at a point of the training.

    Args:
        progress: 0 at the start, 1 at the end.
        schedule: "cosine" (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts) or
            "constant".
        warmup: Share of the training in which the rate rises in a straight line.

    Returns:
        In [0.01, 1].
    """
    progress = min(max(progress, 0.0), 1.0)
    if progress < warmup:
        return LOWEST + (1.0 - LOWEST) * progress / warmup
    if schedule == "constant":
        return 1.0
    done = (progress - warmup) / (1.0 - warmup)
    return LOWEST + (1.0 - LOWEST) * 0.5 * (1.0 + math.cos(math.pi * done))


class LearningRate(keras.callbacks.Callback):
    """Sets the rate every few steps, by steps or, where there is a time limit, by the clock.

    A training planned for some minutes ends, inside an epoch if need be, when they are over,
    with its rate where the schedule ends: on a slow machine it takes fewer steps, not a cut.
    """

    EVERY = 10  # steps; under JAX each setting costs a synchronisation

    def __init__(
        self, fit: FitConfig, *, steps: int, spent: Callable[[], float] = lambda: 0.0
    ) -> None:
        """Keep the plan.

        Args:
            fit: The plan.
            steps: Of the whole training, if time does not end it.
            spent: Tells the seconds of all epochs that are over, verification included.
        """
        super().__init__()
        self.spent = spent
        self.fit = fit
        self.steps = steps
        self.seconds = 60.0 * fit.minutes
        self.done = 0  # steps
        self._started: float | None = None  # of the epoch under way
        self._reached = 0.0  # progress when the rate was last set
        self._start = 0.0  # seconds until the first step was done, compiling it included

    @property
    def progress(self) -> float:
        """How far the training has come, 0 to 1."""
        by_steps = self.done / self.steps
        if not self.seconds:
            return by_steps
        now = time.perf_counter() - self._started if self._started is not None else 0.0
        # A minute of compiling would skip the warm-up of a short plan: count from there.
        start = min(self._start, 0.9 * self.seconds)
        by_clock = (self.spent() + now - start) / (self.seconds - start)
        return max(by_steps, by_clock, 0.0)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock of the epoch."""
        self._started = time.perf_counter()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the rate."""
        if batch % self.EVERY == 0:
            synchronise(self.model)
            self._reached = agreed(self.progress)
            self.model.optimizer.learning_rate = self.fit.learning_rate * rate_at(
                self._reached, schedule=self.fit.schedule, warmup=self.fit.warmup
            )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop when the time is over."""
        if not self.done and self._started is not None:
            self._start = time.perf_counter() - self._started
        self.done += 1
        if self.seconds and self._reached >= 1.0:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Leave the epoch's time to `spent`."""
        self._started = None
