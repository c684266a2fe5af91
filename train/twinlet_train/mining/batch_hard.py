"""For every anchor its farthest positive and its nearest negative."""

from typing import Any

from keras import ops

from twinlet_train.mining.pairs import FAR, masks, mean_where
from twinlet_train.mining.penalties import Penalty


def batch_hard(distances: Any, labels: Any, penalty: Penalty) -> Any:
    """Mean penalty over every anchor with its hardest positive and hardest negative.

    "Batch hard" of Hermans, Beyer and Leibe 2017 (arXiv:1703.07737, eq. 5).

    Args:
        distances: (n, n), as of `distances.cosine_distance_matrix`.
        labels: Identities (n,).
        penalty: Of a triplet's gap.

    Returns:
        Scalar >= 0; 0 when no image of the batch has both a mated and a non-mated partner.
    """
    mated, non_mated = masks(labels)
    far = ops.full_like(distances, FAR)
    positive = ops.max(ops.where(mated, distances, -far), axis=-1)
    negative = ops.min(ops.where(non_mated, distances, far), axis=-1)
    counted = ops.logical_and(ops.any(mated, axis=-1), ops.any(non_mated, axis=-1))
    gaps = ops.where(counted, positive - negative, ops.zeros_like(positive))
    return mean_where(counted, penalty(gaps))
