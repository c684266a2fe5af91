"""A short training of a wrapped network with the twin's own loss; a killed one goes on."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError, ParityError
from twinlet_export.aware.methods import METHODS, Weights
from twinlet_export.aware.mirror import mirror
from twinlet_export.aware.objective import Objective
from twinlet_export.aware.pacing import Every
from twinlet_export.aware.ranges import BATCHES
from twinlet_export.aware.saving import Saved, load, save
from twinlet_export.aware.statistics import settling

if TYPE_CHECKING:
    import keras

log = logging.getLogger("twinlet")

SAVED_EVERY = 20.0  # seconds; writing MobileNetV2 and its optimizer takes half of one


@dataclass(frozen=True)
class Schedule:
    """How long a network is tuned, and how fast."""

    steps: int = 600  # batches of the size it was trained with
    minutes: float = 3.0  # at most; fewer steps then, the rate still falling to its end
    learning_rate: float | None = None  # the first, falling as a half cosine; None: the method's
    settled: float = 0.7  # share of it after which batch-normalisation statistics are a mean


@dataclass(frozen=True)
class Tuned:
    """What tuning gave."""

    network: Any  # tf_keras, still wrapped
    before: "keras.Model"  # what prepares the pixels for it
    weights: Weights  # of each layer, without wrapping
    facts: dict[str, float]  # steps, seconds, and what the method says of the weights


Report = Callable[[int, int, float], None]  # steps done, of how many, the loss


def tune(
    name: str,
    twin: "keras.Model",
    task: Objective,
    *,
    schedule: Schedule,
    state: Path,
    report: Report,
) -> Tuned:
    """Tune a copy of the twin.

    Args:
        name: One of `METHODS`.
        twin: Stays as it is.
        task: Batches and loss; the network's part of the twin's training split.
        schedule: How long.
        state: File that keeps what is reached; with one there, tuning goes on from it.
        report: Told of every step.

    Raises:
        ParityError: The network cannot be tuned, or its loss is not finite.
    """
    method, mirrored = METHODS[name](), mirror(twin)
    network = method.wrapped(mirrored.network)
    variables = [*network.trainable_variables, *task.weights]
    rate = method.learning_rate if schedule.learning_rate is None else schedule.learning_rate
    loop = _Loop(network, mirrored.before, task, variables, schedule, rate)
    if not loop.restore(load(state)):
        method.begin(network, lambda: _prepared(task, mirrored.before))
    saving = Every(SAVED_EVERY)
    if loop.progress < 1.0:
        save(state, loop.saved())  # a folder that cannot be written costs no time this way
    with settling(network, schedule.settled) as settle:
        while loop.progress < 1.0:
            method.before_step(loop.progress)
            settle(loop.done, loop.progress)
            loss = loop.step()
            if not math.isfinite(loss):
                raise ParityError(
                    f"tuning {name} broke down in step {loop.done}: the loss is {loss}"
                )
            if saving.due() or loop.progress >= 1.0:
                _keep(state, loop.saved())
            report(loop.done, schedule.steps, loss)
    weights = method.weights(network)
    facts = {"steps": loop.done, "seconds": round(loop.seconds, 1), **method.facts(weights)}
    return Tuned(network, mirrored.before, weights, facts)


def _prepared(task: Objective, before: "keras.Model") -> list[NDArray[np.float32]]:
    """The first few batches as the network takes them; those of triplets and pairs one by one."""
    task.dataset.start(0)
    taken: list[NDArray[np.float32]] = []
    for place in range(min(BATCHES, len(task.dataset))):
        inputs, _ = task.dataset[place]
        images = inputs.values() if isinstance(inputs, Mapping) else (inputs,)
        taken += [np.asarray(before(one, training=False)) for one in images]
    return taken


def _keep(state: Path, saved: Saved) -> None:
    """Save; a disk that has filled up since the start costs the state, not what is learnt."""
    try:
        save(state, saved)
    except InvalidInputError as error:
        log.warning("%s", error)


class _Loop:
    """The steps, and all that has to be kept from one to the next."""

    def __init__(
        self,
        network: Any,
        before: "keras.Model",
        task: Objective,
        variables: list[Any],
        schedule: Schedule,
        rate: float,
    ) -> None:
        import tensorflow as tf
        import tf_keras

        self.network, self.task, self.schedule, self.rate = network, task, schedule, rate
        self.optimizer = tf_keras.optimizers.Adam(rate)
        self.optimizer.build(variables)
        self.learnt = [*network.variables, *task.weights]
        self.done, self.seconds = 0, 0.0

        def embed(pixels: Any) -> Any:
            return network(before(pixels, training=False), training=True)

        @tf.function(reduce_retracing=True)
        def descend(inputs: Any, targets: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = task.loss(embed, inputs, targets)
            gradients = tape.gradient(loss, variables)
            self.optimizer.apply_gradients(
                [pair for pair in zip(gradients, variables, strict=True) if pair[0] is not None]
            )
            return loss

        self._descend = descend

    @property
    def progress(self) -> float:
        """How far tuning has come, 0 to 1, by steps or, if that is nearer to the end, by time."""
        limit = 60.0 * self.schedule.minutes
        return min(1.0, max(self.done / self.schedule.steps, self.seconds / limit))

    def step(self) -> float:
        """Take one step; give its loss."""
        started = time.perf_counter()
        epoch, place = divmod(self.done, len(self.task.dataset))
        if place == 0 or self.task.dataset.epoch != epoch:
            self.task.dataset.start(epoch)
        inputs, targets = self.task.dataset[place]
        half_cosine = 0.5 * (1.0 + math.cos(math.pi * self.progress))
        self.optimizer.learning_rate.assign(self.rate * half_cosine)
        loss = float(self._descend(inputs, targets))
        self.done += 1
        self.seconds += time.perf_counter() - started
        return loss

    def saved(self) -> Saved:
        """All that is needed to go on; at the end the optimizer is not."""
        kept = self.learnt if self.progress >= 1.0 else [*self.learnt, *self.optimizer.variables]
        return Saved(self.done, self.seconds, [np.asarray(variable) for variable in kept])

    def restore(self, saved: Saved | None) -> bool:
        """Take up what an earlier process saved; False when there is nothing that fits."""
        if saved is None:
            return False
        kept = [*self.learnt, *self.optimizer.variables][: len(saved.arrays)]
        if [array.shape for array in saved.arrays] != [tuple(variable.shape) for variable in kept]:
            return False
        for variable, array in zip(kept, saved.arrays, strict=True):
            variable.assign(array)
        self.done, self.seconds = saved.done, saved.seconds
        return True
