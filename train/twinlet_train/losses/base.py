"""What the losses share: one finished scalar a batch, numbers checked, settings that survive."""

import math
from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.losses.labels import comparable, distinct, one_each, static_shape


class BatchLoss(keras.losses.Loss):
    """A loss whose `call` returns the finished scalar of a batch, computed in float32.

    A batch counts once however many pairs or triplets it had. There is therefore nothing that
    weights of single images could multiply: `sample_weight` and `class_weight` are refused, and
    Keras' masks are not looked at. Have batches hold more of what is to count more.

    Labels are whole numbers. Integers are compared as integers; floating labels must lie below
    2^24, where float32 ends to tell whole numbers apart, and `model.fit` makes every floating
    array float32. On JAX integers have 32 bits unless `jax_enable_x64` is set: it takes those of
    64 bits modulo 2^32 before a loss sees them.

    The loss is NaN when a number of `y_pred` is not finite or a label is none of those above, so
    that `keras.callbacks.TerminateOnNaN` ends the training; mining by itself would choose around
    NaN. The gradient is left as it comes.
    """

    def __init__(self, name: str, **settings: Any) -> None:
        """Keep the settings, each of which becomes an attribute."""
        super().__init__(name=name, reduction="sum", dtype="float32")
        self._settings = settings
        for key, value in settings.items():
            setattr(self, key, value)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the scalar loss of one batch.

        Args:
            y_true: One label a row, (n,) or (n, 1), or what else a loss says.
            y_pred: Embeddings (n, d), or what else a loss says.
            sample_weight: None.

        Raises:
            InvalidInputError: Weights, or shapes that do not fit.
        """
        if sample_weight is not None:
            raise InvalidInputError(
                f"{type(self).__name__} is one number for a whole batch and takes no "
                f"sample_weight or class_weight, got one; leave it out, and have batches hold "
                f"more of what is to count more"
            )
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true = self._targets(comparable(y_true), y_pred)
        loss = self.call(y_true, y_pred)
        usable = ops.logical_and(ops.all(ops.isfinite(y_pred)), self._usable(y_true, y_pred))
        # Where sizes are known only now: one label would be taken for every image's.
        usable = ops.logical_and(usable, ops.shape(y_true)[0] == ops.shape(y_pred)[0])
        # Added, not chosen by `where`: the gradient must not pass through the question.
        return loss + ops.where(usable, ops.zeros_like(loss), ops.full_like(loss, math.nan))

    def _targets(self, y_true: Any, y_pred: Any) -> Any:
        """Refuse shapes that do not fit; what `call` takes as `y_true`, here labels (n,)."""
        shape = static_shape(y_pred)
        if shape is not None and len(shape) != 2:
            raise InvalidInputError(
                f"{type(self).__name__} expects y_pred of shape (n, d), got {shape}; end the model "
                f"in one vector an image"
            )
        return one_each(y_true, y_pred)

    def _usable(self, y_true: Any, y_pred: Any) -> Any:
        """Whether the targets can be learnt from, a boolean scalar; `y_pred` is seen to."""
        del y_pred
        return distinct(y_true)

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
