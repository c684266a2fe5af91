"""What the losses share: one finished scalar a batch, numbers checked, settings that survive."""

import math
from typing import Any

import keras

from twinlet.errors import InvalidInputError


class BatchLoss(keras.losses.Loss):
    """A loss whose `call` returns the finished scalar of a batch, computed in float32.

    Keras passes on a loss's result divided by nothing ("sum" of one number), so that a batch
    counts once however many pairs or triplets it had.
    """

    def __init__(self, name: str, **settings: Any) -> None:
        """Keep the settings, each of which becomes an attribute."""
        super().__init__(name=name, reduction="sum", dtype="float32")
        self._settings = settings
        for key, value in settings.items():
            setattr(self, key, value)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**self._settings, "name": self.name}


def positive(**values: float) -> None:
    """Refuse settings that must be finite numbers above 0.

    Raises:
        InvalidInputError: Names the first that is not.
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0.0):
            raise InvalidInputError(f"the loss's {name} must be above 0, got {value:g}")
