"""Logarithms of sums of exponentials over some of the entries, without overflow."""

from typing import Any

from keras import ops

from twinlet_train.mining.pairs import FAR


def log_sum(values: Any, chosen: Any, axis: int = -1) -> Any:
    """`log(sum(exp(values)))` over the chosen entries along an axis; about -1e9 without any."""
    return ops.logsumexp(ops.where(chosen, values, ops.full_like(values, -FAR)), axis=axis)


def log_one_plus_sum(values: Any, chosen: Any, axis: int = -1) -> Any:
    """`log(1 + sum(exp(values)))` over the chosen entries along an axis; 0 without any."""
    return ops.softplus(log_sum(values, chosen, axis))
