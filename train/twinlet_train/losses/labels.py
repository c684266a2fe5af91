"""Labels as the losses compare them, and what is refused before anything is compared."""

from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError

# From here on float32 no longer tells neighbouring whole numbers apart.
FLOAT_LIMIT = 2.0**24
NARROW = ("bool", "int8", "uint8", "int16", "uint16")  # may be too small to count classes in


def comparable(labels: Any) -> Any:
    """Labels of any shape as a tensor in which those that differ still differ.

    Integers stay integers (Keras' own losses make all numbers float32, in which 16777216 and
    16777217 are one identity); other numbers become float32.

    Args:
        labels: Numbers, in whatever `model.fit` or `loss(y_true, y_pred)` gives.

    Returns:
        The same in int32, uint32, int64, uint64 or float32.
    """
    labels = ops.convert_to_tensor(labels)
    kind = keras.backend.standardize_dtype(labels.dtype)
    if kind in NARROW:
        return ops.cast(labels, "int32")
    return labels if is_whole(labels) else ops.cast(labels, "float32")


def is_whole(labels: Any) -> bool:
    """Whether comparable labels are integers."""
    return bool(keras.backend.is_int_dtype(labels.dtype))


def one_each(labels: Any, predictions: Any) -> Any:
    """Refuse labels that are not one for each row, as far as a compiled step knows; give (n,).

    Args:
        labels: Comparable, to be (n,) or (n, 1).
        predictions: What they are labels of, (n, ...).

    Raises:
        InvalidInputError: Any other shape, such as one-hot rows, or another n.
    """
    shape, rows = static_shape(labels), predictions.shape[0]
    count = f"each of {rows} rows" if rows is not None else "each row"
    if shape is not None and not (is_column(shape) and (shape[0] in (rows, None) or rows is None)):
        raise InvalidInputError(
            f"expected one label for {count}, (n,) or (n, 1), got labels of shape {shape}; give "
            f"class numbers, not one-hot rows"
        )
    return ops.reshape(labels, (-1,))


def distinct(labels: Any) -> Any:
    """Whether all comparable labels are numbers that differ where they were given as different.

    Returns:
        A boolean scalar: false for NaN, infinities, and floating ones of 2^24 and more.
    """
    return True if is_whole(labels) else ops.all(ops.abs(labels) < FLOAT_LIMIT)


def static_shape(tensor: Any) -> tuple[int | None, ...] | None:
    """The shape as far as a compiled step knows it; `None` if not even the rank is known."""
    return None if getattr(tensor.shape, "rank", 0) is None else tuple(tensor.shape)


def is_column(shape: tuple[int | None, ...]) -> bool:
    """Whether a shape is (n,) or (n, 1), as far as it is known."""
    return len(shape) > 0 and shape[1:] in ((), (1,), (None,))
