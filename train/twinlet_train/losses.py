"""Losses for embeddings, for `model.compile(loss=...)`."""

from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.mining import MINERS


@keras.saving.register_keras_serializable("twinlet")
class OnlineTripletLoss(keras.losses.Loss):
    """Triplet loss over a batch of labelled embeddings, mined inside the step.

    `y_true` holds identities (n,) or (n, 1), `y_pred` raw embeddings (n, d); the distance is
    cosine, so their length does not matter.

    Example:
        >>> model.compile("adam", OnlineTripletLoss(margin=0.4))  # doctest: +SKIP
        >>> model.fit(images, identities)  # doctest: +SKIP
    """

    def __init__(
        self, margin: float = 0.4, mining: str = "semi-hard", name: str = "online_triplet_loss"
    ) -> None:
        """Make the loss.

        Args:
            margin: Gap wanted between mated and non-mated cosine distance, in (0, 2).
            mining: A name of `mining.MINERS`.
            name: Name in logs.

        Raises:
            InvalidInputError: The margin or the mining is not usable.
        """
        super().__init__(name=name, reduction="sum")  # `call` returns the finished scalar
        check_margin(margin)
        if mining not in MINERS:
            raise InvalidInputError(
                f"unknown triplet mining {mining!r}; expected one of {', '.join(MINERS)}"
            )
        self.margin = margin
        self.mining = mining

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        distances = cosine_distance_matrix(ops.cast(y_pred, "float32"))
        return MINERS[self.mining](distances, y_true, self.margin)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {"margin": self.margin, "mining": self.mining, "name": self.name}


@keras.saving.register_keras_serializable("twinlet")
def identity_loss(y_true: Any, y_pred: Any) -> Any:
    """Mean of the model's output: for a model that ends in its own loss.

    `y_true` is not looked at; Keras wants one.
    """
    del y_true
    return ops.mean(y_pred)


def check_margin(margin: float) -> None:
    """Refuse a margin that cosine distances, which lie in [0, 2], cannot hold."""
    if not 0.0 < margin < 2.0:
        raise InvalidInputError(
            f"the margin must lie between 0 and 2 (cosine distances do), got {margin:g}"
        )
