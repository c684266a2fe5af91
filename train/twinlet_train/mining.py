"""Online triplets: which (anchor, positive, negative) of a batch count, and their loss.

All functions take the matrix of distances (n, n) and the labels (n,) of one batch, so that
each image is embedded once a step and still meets every other.
"""

from typing import Any

from keras import ops


def masks(labels: Any) -> tuple[Any, Any]:
    """Which pairs of a batch are mated and which are non-mated.

    Args:
        labels: Identities (n,), any numeric type.

    Returns:
        Two boolean (n, n): mated without the diagonal, and non-mated.
    """
    labels = ops.reshape(labels, (-1,))
    same = ops.equal(labels[:, None], labels[None, :])
    itself = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
    return ops.logical_and(same, ops.logical_not(itself)), ops.logical_not(same)


def batch_all(distances: Any, labels: Any, margin: float) -> Any:
    """Mean hinge over every triplet of the batch that still violates the margin.

    "Batch all, non-zero" of Hermans, Beyer and Leibe 2017 (arXiv:1703.07737, eq. 6): triplets
    already solved are left out of the mean, since they would drown the rest.

    Args:
        distances: (n, n), as of `distances.cosine_distance_matrix`.
        labels: Identities (n,).
        margin: Wanted gap between mated and non-mated distance, in units of the distance.

    Returns:
        Scalar >= 0; 0 when no triplet violates the margin or there is none.
    """
    mated, non_mated = masks(labels)
    hinge = ops.relu(distances[:, :, None] - distances[:, None, :] + margin)
    valid = ops.logical_and(mated[:, :, None], non_mated[:, None, :])
    hinge = ops.where(valid, hinge, ops.zeros_like(hinge))
    active = ops.sum(ops.cast(hinge > 0.0, hinge.dtype))
    return ops.sum(hinge) / ops.maximum(active, ops.ones_like(active))


def semi_hard(distances: Any, labels: Any, margin: float) -> Any:
    """Mean hinge over every mated pair with its semi-hard negative.

    Schroff, Kalenichenko and Philbin 2015 (arXiv:1503.03832, section 3.2): of the negatives
    farther than the positive, the nearest; when none is farther, the farthest there is.

    Args:
        distances: (n, n), as of `distances.cosine_distance_matrix`.
        labels: Identities (n,).
        margin: Wanted gap between mated and non-mated distance, in units of the distance.

    Returns:
        Scalar >= 0; 0 when the batch has no mated pair or no non-mated pair.
    """
    mated, non_mated = masks(labels)
    positive = distances[:, :, None]  # anchor, positive, 1
    negative = distances[:, None, :]  # anchor, 1, negative
    far = ops.full_like(distances, 1e6)
    farther = ops.logical_and(non_mated[:, None, :], negative > positive)
    nearest_farther = ops.min(ops.where(farther, negative, far[:, None, :]), axis=-1)
    farthest = ops.max(ops.where(non_mated, distances, -far), axis=-1, keepdims=True)
    chosen = ops.where(ops.any(farther, axis=-1), nearest_farther, farthest)
    counted = ops.logical_and(mated, ops.any(non_mated, axis=-1, keepdims=True))
    hinge = ops.where(counted, ops.relu(distances - chosen + margin), ops.zeros_like(distances))
    pairs = ops.sum(ops.cast(counted, distances.dtype))
    return ops.sum(hinge) / ops.maximum(pairs, ops.ones_like(pairs))


MINERS = {"batch-all": batch_all, "semi-hard": semi_hard}
