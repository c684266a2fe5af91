"""Supervised contrastive loss: a softmax over the batch, every mated partner a right answer."""

from typing import Any

import keras
from keras import ops

from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.losses.base import BatchLoss, positive
from twinlet_train.losses.sums import log_sum
from twinlet_train.mining.pairs import masks, mean_where


@keras.saving.register_keras_serializable("twinlet")
class SupervisedContrastiveLoss(BatchLoss):
    """Khosla et al. 2020 (arXiv:2004.11362), eq. 2 (the sum outside the logarithm).

    Mean over the anchors i with mated partners P(i) of
    `-mean_{p in P(i)} log(exp(scale S_ip) / sum_{a != i} exp(scale S_ia))`, S = cos.

    `y_true` holds identities (n,) or (n, 1), `y_pred` raw embeddings (n, d).
    """

    def __init__(self, scale: float = 10.0, name: str = "supervised_contrastive_loss") -> None:
        """Keep the scale, 1 / temperature, above 0: larger cares more for the hardest pairs."""
        super().__init__(name, scale=scale)
        positive(scale=scale)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        mated, non_mated = masks(y_true)
        logits = self.scale * (1.0 - cosine_distance_matrix(y_pred))
        others = ops.logical_or(mated, non_mated)
        log_share = logits - log_sum(logits, others)[:, None]
        zero = ops.zeros_like(logits)
        partners = ops.sum(ops.cast(mated, logits.dtype), axis=-1)
        mean_log = ops.sum(ops.where(mated, log_share, zero), axis=-1) / ops.maximum(
            partners, ops.ones_like(partners)
        )
        return -mean_where(partners > 0.0, mean_log)
