"""Contrastive loss: mated pairs drawn together, non-mated ones pushed out to a margin."""

from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.distances import chosen_distance, unit
from twinlet_train.losses.base import BatchLoss, positive
from twinlet_train.losses.labels import is_column, one_each, static_shape
from twinlet_train.mining.pairs import masks, mean_where


def contrastive_terms(distances: Any, margin: float) -> tuple[Any, Any]:
    """What a pair costs if it is mated, `D^2`, and if it is not, `max(0, margin - D)^2`.

    Hadsell, Chopra and LeCun 2006, in the form of SigNet (Dey et al. 2017, arXiv:1707.02131,
    eq. 1) without its two weights.
    """
    return ops.square(distances), ops.square(ops.relu(margin - distances))


@keras.saving.register_keras_serializable("twinlet")
class ContrastiveLoss(BatchLoss):
    """SigNet's loss over all pairs of a batch of labelled embeddings.

    `mated_weight * mean(D^2) + non_mated_weight * mean(max(0, margin - D)^2)`, each mean over
    its own pairs: a batch has many more non-mated ones, and the paper's pairs are balanced.

    `y_true` holds identities (n,) or (n, 1), `y_pred` raw embeddings (n, d), compared by
    direction.
    """

    def __init__(
        self,
        margin: float = 1.0,
        *,
        distance: str = "euclidean",
        mated_weight: float = 1.0,
        non_mated_weight: float = 1.0,
        name: str = "contrastive_loss",
    ) -> None:
        """Make the loss.

        Args:
            margin: Distance beyond which a non-mated pair costs nothing.
            distance: A name of `distances.DISTANCES`.
            mated_weight: SigNet's alpha, above 0.
            non_mated_weight: SigNet's beta, above 0.
            name: Name in logs.

        Raises:
            InvalidInputError: An argument is not usable.
        """
        super().__init__(
            name,
            margin=margin,
            distance=distance,
            mated_weight=mated_weight,
            non_mated_weight=non_mated_weight,
        )
        self._matrix = chosen_distance(distance, margin).matrix
        positive(mated_weight=mated_weight, non_mated_weight=non_mated_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        mated, non_mated = masks(y_true)
        together, apart = contrastive_terms(self._matrix(unit(y_pred)), self.margin)
        return self.mated_weight * mean_where(mated, together) + self.non_mated_weight * mean_where(
            non_mated, apart
        )


@keras.saving.register_keras_serializable("twinlet")
class PairContrastiveLoss(BatchLoss):
    """SigNet's loss for a model that ends in the distance of a pair (`siamese.pair_network`).

    `y_true` (n,) or (n, 1) holds 1 for mated and 0 for non-mated pairs, `y_pred` (n,) or (n, 1)
    their distance.
    """

    def __init__(self, margin: float = 1.0, name: str = "pair_contrastive_loss") -> None:
        """Keep the margin, above 0, in units of the distance."""
        super().__init__(name, margin=margin)
        positive(margin=margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the mean over the pairs of one batch."""
        mated = ops.cast(ops.reshape(y_true, (-1,)), self.dtype)
        together, apart = contrastive_terms(ops.reshape(y_pred, (-1,)), self.margin)
        return ops.mean(mated * together + (1.0 - mated) * apart)

    def _targets(self, y_true: Any, y_pred: Any) -> Any:
        """Refuse what is not one distance, or not one answer, a pair."""
        shape = static_shape(y_pred)
        if shape is not None and not is_column(shape):
            raise InvalidInputError(
                f"{type(self).__name__} expects one distance a pair, (n,) or (n, 1), got y_pred of "
                f"shape {shape}; see siamese.pair_network, or take ContrastiveLoss for embeddings"
            )
        return one_each(y_true, y_pred)
