"""Multi-similarity loss: pairs weighted by their own and by each other's similarity."""

from typing import Any

import keras
from keras import ops

from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.losses.base import BatchLoss, positive
from twinlet_train.losses.sums import log_one_plus_sum
from twinlet_train.mining.pairs import FAR, masks


@keras.saving.register_keras_serializable("twinlet")
class MultiSimilarityLoss(BatchLoss):
    """Wang, Han, Huang, Dong and Scott 2019 (arXiv:1904.06627), eq. 10 with its mining, 13-14.

    With similarity S = cos, mean over the anchors of
    `log(1 + sum_P exp(-alpha (S - base))) / alpha + log(1 + sum_N exp(beta (S - base))) / beta`,
    where a negative counts if it is nearer than the farthest positive (plus `epsilon`), and a
    positive if it is farther than the nearest negative (plus `epsilon`).

    `y_true` holds identities (n,) or (n, 1), `y_pred` raw embeddings (n, d).
    """

    def __init__(
        self,
        alpha: float = 2.0,
        beta: float = 50.0,
        base: float = 0.5,
        *,
        epsilon: float = 0.1,
        name: str = "multi_similarity_loss",
    ) -> None:
        """Make the loss.

        Args:
            alpha: Sharpness for mated pairs, above 0.
            beta: Sharpness for non-mated pairs, above 0.
            base: Cosine from which pairs are measured (the paper's lambda).
            epsilon: Slack of the mining, above 0.
            name: Name in logs.

        Raises:
            InvalidInputError: An argument is not usable.
        """
        super().__init__(name, alpha=alpha, beta=beta, base=base, epsilon=epsilon)
        positive(alpha=alpha, beta=beta, epsilon=epsilon)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        similarity = 1.0 - cosine_distance_matrix(y_pred)
        mated, non_mated = masks(y_true)
        far = ops.full_like(similarity, FAR)
        hardest_mated = ops.min(ops.where(mated, similarity, far), axis=-1, keepdims=True)
        hardest_non_mated = ops.max(ops.where(non_mated, similarity, -far), axis=-1, keepdims=True)
        negatives = ops.logical_and(non_mated, similarity > hardest_mated - self.epsilon)
        positives = ops.logical_and(mated, similarity < hardest_non_mated + self.epsilon)
        shifted = similarity - self.base
        pulled = log_one_plus_sum(-self.alpha * shifted, positives) / self.alpha
        pushed = log_one_plus_sum(self.beta * shifted, negatives) / self.beta
        return ops.mean(pulled + pushed)
