"""Weights averaged over the last steps: what is measured and kept instead of the last ones."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from twinlet_train.backend import synchronise


class Average(keras.callbacks.Callback):
    """An exponential moving average of all weights of a model (Polyak and Juditsky 1992).

    Batch-normalisation statistics are averaged with the rest, so that they belong to the
    weights they stand beside. From the end of an epoch's steps to `give_back` the model holds
    the average.
    """

    EVERY = 10  # steps between two looks at the weights: each costs a copy

    def __init__(self, model: keras.Model, momentum: float) -> None:
        """Average a model.

        Args:
            model: Whose weights; another model that shares them may be the one fitted.
            momentum: Share of the average that stays from one step to the next, in (0, 1);
                0.99 averages over about the last hundred steps.
        """
        super().__init__()
        self.averaged = model
        self.momentum = momentum**self.EVERY
        self.looks = 0
        self._held: list[NDArray[Any]] = []  # the average, or the model's own while it is in
        self._is_in = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the weights now and then."""
        if batch % self.EVERY == 0:
            synchronise(self.model)
            self.look()

    def on_test_begin(self, logs: Any = None) -> None:
        """Put the average in for the validation loss."""
        self.put_in()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the average in for what looks at the epoch after this."""
        self.put_in()

    def look(self) -> None:
        """Take the model's present weights into the average."""
        now = self.averaged.get_weights()
        self.looks += 1
        if not self._held:
            self._held = now
            return
        # At first the plain mean: nothing far back weighs more than what came after it.
        keep = min(self.momentum, 1.0 - 1.0 / self.looks)
        self._held = [
            keep * average + (1.0 - keep) * value
            for average, value in zip(self._held, now, strict=True)
        ]

    def put_in(self) -> None:
        """Put the average into the model and keep its own weights aside; once only."""
        if self._held and not self._is_in:
            self._exchange()

    def give_back(self) -> None:
        """Put the model's own weights back."""
        if self._is_in:
            self._exchange()

    def save(self, path: Path) -> None:
        """Write the average; not while it is in the model."""
        arrays: dict[str, Any] = {f"weight{i:04d}": value for i, value in enumerate(self._held)}
        with path.open("wb") as file:
            np.savez(file, looks=np.array(self.looks), **arrays)

    def load(self, path: Path) -> None:
        """Read what `save` wrote.

        Raises:
            OSError: The file is missing.
            ValueError: It is damaged, or of another model.
        """
        with np.load(path, allow_pickle=False) as file:
            held = [file[name] for name in sorted(file.files) if name != "looks"]
            self.looks = int(file["looks"])
        own = [weight.shape for weight in self.averaged.get_weights()]
        if [value.shape for value in held] != own:
            raise ValueError(f"{path.name} holds weights of another model")
        self._held = held

    def _exchange(self) -> None:
        now = self.averaged.get_weights()
        self.averaged.set_weights(self._held)
        self._held = now
        self._is_in = not self._is_in
