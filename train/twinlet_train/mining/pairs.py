"""Which pairs of a batch are mated and which are not, and means over some of them."""

from typing import Any

from keras import ops

FAR = 1e9  # beyond every distance and similarity, and finite: inf times 0 would be NaN


def masks(labels: Any) -> tuple[Any, Any]:
    """Which pairs of a batch are mated and which are non-mated.

    Args:
        labels: Identities (n,) or (n, 1), any numeric type.

    Returns:
        Two boolean (n, n): mated without the diagonal, and non-mated.
    """
    labels = ops.reshape(labels, (-1,))
    same = ops.equal(labels[:, None], labels[None, :])
    itself = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
    return ops.logical_and(same, ops.logical_not(itself)), ops.logical_not(same)


def mean_where(chosen: Any, values: Any) -> Any:
    """Mean of the values where `chosen` (same shape, boolean); 0 when nothing is chosen."""
    zero = ops.zeros_like(values)
    count = ops.sum(ops.cast(chosen, values.dtype))
    return ops.sum(ops.where(chosen, values, zero)) / ops.maximum(count, ops.ones_like(count))
