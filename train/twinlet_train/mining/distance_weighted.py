"""Negatives weighted so that every distance has its say, not only the usual one."""

from typing import Any

from keras import ops

from twinlet_train.mining.pairs import FAR, masks, mean_where
from twinlet_train.mining.penalties import Penalty

DIMENSION = 128  # of the sphere whose distances are made even; larger weighs the near more
NEAREST = 0.5  # Euclidean; nearer ones get no more weight: their gradients are noise
FARTHEST = 1.4  # Euclidean; beyond it there is nothing to learn


def distance_weighted(distances: Any, labels: Any, penalty: Penalty) -> Any:
    """Mean over mated pairs of the expected penalty with a distance-weighted negative.

    Wu, Manmatha, Smola and Krähenbühl 2017 (arXiv:1706.07567, eq. 4): random unit vectors in d
    dimensions lie at Euclidean distance D with density `q(D) ~ D^(d-2) (1 - D^2/4)^((d-3)/2)`,
    nearly all at about sqrt(2); negatives drawn with weight 1/q cover all distances evenly. The
    paper draws one negative a pair; this takes the mean over all of them with the same weights,
    which is the drawing's expectation: the same gradient on average, without its noise, and the
    same value every time.

    Args:
        distances: Cosine distances (n, n).
        labels: Identities (n,).
        penalty: Of a triplet's gap.

    Returns:
        Scalar >= 0; 0 when the batch has no mated pair or no negative within `FARTHEST`.
    """
    mated, non_mated = masks(labels)
    near_enough = ops.logical_and(non_mated, 2.0 * distances < FARTHEST**2)
    logits = ops.where(near_enough, -_log_density(distances), ops.full_like(distances, -FAR))
    weights = ops.stop_gradient(ops.softmax(logits, axis=-1))
    weights = ops.where(near_enough, weights, ops.zeros_like(weights))
    costs = penalty(distances[:, :, None] - distances[:, None, :])  # anchor, positive, negative
    expected = ops.sum(weights[:, None, :] * costs, axis=-1)
    return mean_where(
        ops.logical_and(mated, ops.any(near_enough, axis=-1, keepdims=True)), expected
    )


def _log_density(distances: Any) -> Any:
    """`log q` of cosine distances c, by D^2 = 2c; no weight above that of `NEAREST`."""
    squared = ops.clip(2.0 * distances, NEAREST**2, FARTHEST**2)
    return 0.5 * (DIMENSION - 2.0) * ops.log(squared) + 0.5 * (DIMENSION - 3.0) * ops.log(
        1.0 - 0.25 * squared
    )
