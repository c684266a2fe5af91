"""All tunings of one twin, each made once, when a file first asks for it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError, TwinletError
from twinlet_export.aware.mirror import poured_back
from twinlet_export.aware.objective import objective
from twinlet_export.aware.pacing import Every
from twinlet_export.aware.tuning import Report, Schedule, Tuned, tune

if TYPE_CHECKING:
    import keras

    from twinlet_export.origin import Origin

TUNING = 4  # raise it when a method or the loop changes: old states are not taken up then
STATES = "tuning"  # folder of a run: what tunings have reached
SHOWN_EVERY = 10.0  # seconds
FEW = 0.25  # share of the steps below which a user is told


class Tuner:
    """Tunes copies of a twin on the images that trained it, with the loss that trained it."""

    def __init__(
        self, origin: "Origin", *, schedule: Schedule, show: Callable[[str], None]
    ) -> None:
        """Keep what tuning needs; nothing is computed yet.

        Args:
            origin: A run's twin and data. Its loss, batches and augmentation are used again; what
                tuning reaches is kept in its folder, so that a killed export goes on and a
                finished one is not repeated.
            schedule: How long.
            show: Told a line now and then.

        Raises:
            InvalidInputError: A model from elsewhere, which no run trained.
        """
        if origin.run is None:
            raise InvalidInputError(
                "a model of your own has no loss and no batches to be tuned with; fine-tuned files "
                "need a run folder of `twinlet train`"
            )
        self._origin, self._run = origin, origin.run
        self._schedule, self._show = schedule, show
        self._tuned: dict[str, Tuned] = {}
        self._failed: dict[str, TwinletError] = {}

    def tuned(self, name: str) -> Tuned:
        """What a method of `METHODS` makes of the twin.

        Raises:
            ParityError: The twin cannot be tuned.
            InvalidInputError: The run folder cannot be written.
        """
        if name in self._failed:
            raise self._failed[name]
        if name not in self._tuned:
            # A task of its own: a class head that another method tuned is not the twin's.
            origin = self._origin
            task = objective(self._run.config, origin.twin, origin.data, origin.splits.train)
            try:
                self._tuned[name] = tune(
                    name,
                    origin.twin,
                    task,
                    schedule=self._schedule,
                    state=self._state(name),
                    report=self._reporter(name),
                )
            except TwinletError as error:
                self._failed[name] = error
                raise
            self._tell_few(name, int(self._tuned[name].facts["steps"]))
        return self._tuned[name]

    def twin(self, name: str) -> "keras.Model":
        """The twin with the weights a method gave it, in Keras 3."""
        return poured_back(self._origin.twin, self.tuned(name).weights)

    def facts(self) -> dict[str, dict[str, float]]:
        """Of each method used so far: steps, seconds, and what it says of the weights."""
        return {name: dict(tuned.facts) for name, tuned in self._tuned.items()}

    def _tell_few(self, name: str, steps: int) -> None:
        """Say that the clock has cut a tuning short: its file may not be fit for a bundle."""
        if steps < FEW * self._schedule.steps:
            self._show(
                f"tuning {name}: only {steps} of {self._schedule.steps} steps in "
                f"{self._schedule.minutes:g} minutes; raise --tune-minutes"
            )

    def _state(self, name: str) -> Path:
        """A file name that tells all that tuning depends on: another twin finds no state."""
        depends: dict[str, Any] = {
            "twin": self._origin.bundle_id,
            "data": self._origin.data.fingerprint,
            "config": self._run.config.tables(),
            "schedule": asdict(self._schedule),
            "tuning": TUNING,
            "versions": [
                version(package) for package in ("tensorflow-model-optimization", "tf_keras")
            ],
        }
        digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
        return self._run.path / STATES / f"{name}-{digest[:12]}.npz"

    def _reporter(self, name: str) -> Report:
        """Shows the first step, which tells how long one takes, and then one now and then."""
        every = Every(SHOWN_EVERY)

        def report(done: int, of: int, loss: float) -> None:
            if every.due() or done in (1, of):
                self._show(f"tuning {name}: step {done} of at most {of}, loss {loss:.4f}")

        return report
