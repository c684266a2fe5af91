"""Every triplet of the batch that still costs something."""

from typing import Any

from keras import ops

from twinlet_train.mining.pairs import masks, mean_where
from twinlet_train.mining.penalties import Penalty


def batch_all(distances: Any, labels: Any, penalty: Penalty) -> Any:
    """Mean penalty over all triplets with one above 0.

    "Batch all, non-zero" of Hermans, Beyer and Leibe 2017 (arXiv:1703.07737, eq. 6): triplets
    already solved are left out of the mean, since they would drown the rest. Memory grows with
    the cube of the batch: 7 MB for 120 images, 4 GB for 1,000.

    Args:
        distances: (n, n), as of `distances.cosine_distance_matrix`.
        labels: Identities (n,).
        penalty: Of a triplet's gap.

    Returns:
        Scalar >= 0; 0 when no triplet costs anything or there is none.
    """
    mated, non_mated = masks(labels)
    costs = penalty(distances[:, :, None] - distances[:, None, :])
    valid = ops.logical_and(mated[:, :, None], non_mated[:, None, :])
    return mean_where(ops.logical_and(valid, costs > 0.0), costs)
