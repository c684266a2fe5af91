"""For every mated pair the nearest negative that is still farther than the positive."""

from typing import Any

from keras import ops

from twinlet_train.mining.pairs import FAR, masks, mean_where
from twinlet_train.mining.penalties import Penalty


def semi_hard(distances: Any, labels: Any, penalty: Penalty) -> Any:
    """Mean penalty over every mated pair with its semi-hard negative.

    Schroff, Kalenichenko and Philbin 2015 (arXiv:1503.03832, section 3.2): of the negatives
    farther than the positive, the nearest; when none is farther, the farthest there is. The
    penalties of pairs that are solved count as 0 in the mean.

    Args:
        distances: (n, n), as of `distances.cosine_distance_matrix`.
        labels: Identities (n,).
        penalty: Of a triplet's gap.

    Returns:
        Scalar >= 0; 0 when the batch has no mated pair or no non-mated pair.
    """
    mated, non_mated = masks(labels)
    positive = distances[:, :, None]  # anchor, positive, 1
    negative = distances[:, None, :]  # anchor, 1, negative
    far = ops.full_like(distances, FAR)
    farther = ops.logical_and(non_mated[:, None, :], negative > positive)
    nearest_farther = ops.min(ops.where(farther, negative, far[:, None, :]), axis=-1)
    farthest = ops.max(ops.where(non_mated, distances, -far), axis=-1, keepdims=True)
    chosen = ops.where(ops.any(farther, axis=-1), nearest_farther, farthest)
    counted = ops.logical_and(mated, ops.any(non_mated, axis=-1, keepdims=True))
    # Where nothing counts, the far distance must not reach the penalty.
    gaps = ops.where(counted, distances - chosen, ops.zeros_like(distances))
    return mean_where(counted, penalty(gaps))
