"""What the losses over proxies share: which of an image's cosines is with its own class."""

from typing import Any

from keras import ops


def own_class(y_true: Any, cosines: Any) -> Any:
    """Mark each image's own class.

    Args:
        y_true: Class numbers (n,) or (n, 1) in 0..C-1, any numeric type.
        cosines: (n, C), of a `heads.CosineHead`.

    Returns:
        Boolean (n, C).
    """
    labels = ops.cast(ops.reshape(y_true, (-1, 1)), "int32")
    return ops.equal(labels, ops.arange(ops.shape(cosines)[-1], dtype="int32")[None, :])
