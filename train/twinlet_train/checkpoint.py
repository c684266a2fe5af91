"""Stopping, the best weights, and what a killed run needs to go on: one state, one owner.

Keras' EarlyStopping and BackupAndRestore each forget what the other knows after a restart;
here one file of the run folder holds it all, and it only ever names finished weight files.
"""

import json
import time
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from twinlet.errors import InvalidInputError
from twinlet_train.averaging import Average
from twinlet_train.disk import check_room
from twinlet_train.parallel import agreed, apart
from twinlet_train.run import write_json

STATE_FILE = "state.json"


@dataclass
class State:
    """How far a run has come."""

    epoch: int = 0  # epochs done
    best: float | None = None  # best value of the monitored metric
    best_epoch: int = 0  # counted from 1
    waited: int = 0  # epochs since the best
    seconds: float = 0.0  # spent in epochs, validation included
    cpu_seconds: float = 0.0  # of this process, over the same time
    latest_weights: str = ""
    best_weights: str = ""
    stopped_by: str = "epochs"
    history: dict[str, list[float]] = field(default_factory=dict)


class Checkpoint(keras.callbacks.Callback):
    """Keeps the state after each epoch; stops on patience or time; restores the best."""

    def __init__(
        self,
        folder: Path,
        saved: keras.Model,
        average: Average | None = None,
        *,
        monitor: str,
        rising: bool,
        patience: int,
        minutes: float,
        writes: bool = True,
    ) -> None:
        """Prepare to watch.

        Args:
            folder: Where state and weights go.
            saved: The compiled model whose weights and optimizer are kept; another one that
                shares them may be fitted.
            average: Averaged weights, in the model at the end of each epoch: the best ones are
                saved with it, the latest without it.
            monitor: Key of the epoch's logs that decides which weights are best.
            rising: Whether higher is better.
            patience: Epochs without improvement before stopping; 0 for no end to it.
            minutes: Stop when an epoch ends after so many; 0 for no limit.
            writes: Whether this process is the one that keeps the files.
        """
        super().__init__()
        self.writes = writes
        self.folder = folder
        self.saved = saved
        self.average = average
        self.monitor = monitor
        self.rising = rising
        self.patience = patience
        self.minutes = minutes
        self.state = State()

    def restore(self) -> None:
        """Take up a killed run: weights, optimizer and counters as of its last whole epoch.

        Raises:
            InvalidInputError: The state is damaged.
        """
        path = self.folder / STATE_FILE
        if not path.is_file():
            return  # killed before the first epoch ended: start from the beginning
        try:
            self.state = State(**json.loads(path.read_text(encoding="utf-8")))
            self.saved.optimizer.build(self.saved.trainable_variables)
            self.saved.load_weights(self.folder / self.state.latest_weights)
            if self.average:
                self.average.load(self._average_of(self.state.latest_weights))
        except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
            raise InvalidInputError(
                f"{path} cannot be resumed: {error}; train again into another folder"
            ) from error

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clocks."""
        self._clock = time.perf_counter(), time.process_time()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the epoch, and stop when there is reason to."""
        state = self.state
        value = agreed(float(logs[self.monitor]))
        state.epoch = epoch + 1
        state.seconds = agreed(state.seconds + time.perf_counter() - self._clock[0])
        state.cpu_seconds += time.process_time() - self._clock[1]
        for key, number in logs.items():
            state.history.setdefault(key, []).append(float(number))
        state.latest_weights = f"epoch-{state.epoch:04d}.weights.h5"
        if state.best is None or (value > state.best if self.rising else value < state.best):
            state.best, state.best_epoch, state.waited = value, state.epoch, 0
            state.best_weights = state.latest_weights
            if self.average:
                state.best_weights = f"average-{state.epoch:04d}.weights.h5"
                self._save_weights(state.best_weights)
        else:
            state.waited += 1
        if self._out_of_patience():
            state.stopped_by = "patience"
        elif self._out_of_time():
            state.stopped_by = "minutes"
        else:
            state.stopped_by = "epochs"
        self._save()
        if state.stopped_by != "epochs":
            self.model.stop_training = True

    def done(self, epochs: int) -> bool:
        """Whether the state says that nothing is left to train."""
        return self.state.epoch >= epochs or self._out_of_patience() or self._out_of_time()

    def restore_best(self) -> None:
        """Put the best epoch's weights back into the model."""
        agreed(0.0)  # the first process has written them
        if self.state.best_weights != self.state.latest_weights:
            self.saved.load_weights(self.folder / self.state.best_weights)

    def _save_weights(self, name: str) -> None:
        if self.writes:
            check_room(self.folder, self.saved)
            with apart():  # saving makes variables, which a group would make together
                self.saved.save_weights(self.folder / name)

    def _out_of_patience(self) -> bool:
        return bool(self.patience) and self.state.waited >= self.patience

    def _average_of(self, weights: str) -> Path:
        return self.folder / weights.replace(".weights.h5", ".average.npz")

    def _out_of_time(self) -> bool:
        return bool(self.minutes) and self.state.seconds >= 60.0 * self.minutes

    def _save(self) -> None:
        # Weights first, then the state that names them, then the old weights go.
        latest = self.folder / self.state.latest_weights
        named = {latest, self.folder / self.state.best_weights}
        if self.average:
            self.average.give_back()
        if not self.writes:
            return
        if self.average:
            self.average.save(self._average_of(latest.name))
            named.add(self._average_of(latest.name))
        self._save_weights(latest.name)
        write_json(self.folder / STATE_FILE, asdict(self.state))
        for path in (*self.folder.glob("*.weights.h5"), *self.folder.glob("*.npz")):
            if path not in named:
                path.unlink()
