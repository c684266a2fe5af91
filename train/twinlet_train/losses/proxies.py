"""What the losses over proxies share: which of an image's cosines is with its own class."""

from typing import Any

from keras import ops

from twinlet_train.losses.base import BatchLoss


class ProxyLoss(BatchLoss):
    """A loss on cosines with learnt proxies.

    `y_true` holds class numbers (n,) or (n, 1) in 0..C-1, `y_pred` cosines (n, C) of a
    `heads.CosineHead`. The loss is NaN when a label is no class number: map identities to
    0..C-1 first, as `numpy.unique(identities, return_inverse=True)` does.
    """

    def _usable(self, y_true: Any, y_pred: Any) -> Any:
        """Whether every image has a class."""
        return ops.all(ops.any(own_class(y_true, y_pred), axis=-1))


def own_class(y_true: Any, cosines: Any) -> Any:
    """Mark each image's own class.

    Args:
        y_true: Class numbers (n,) as `labels.comparable` gives them.
        cosines: (n, C), of a `heads.CosineHead`.

    Returns:
        Boolean (n, C); nowhere true for what is not in 0..C-1.
    """
    classes = ops.cast(ops.arange(ops.shape(cosines)[-1], dtype="int32"), y_true.dtype)
    return ops.equal(y_true[:, None], classes[None, :])
