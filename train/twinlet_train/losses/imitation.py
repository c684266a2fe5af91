"""Imitation: a small twin learns the similarities that a large one gives."""

from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.losses.base import BatchLoss, positive
from twinlet_train.losses.labels import static_shape


def similarity_gap(own: Any, wanted: Any) -> Any:
    """Mean squared difference between two twins' cosines of all pairs of a batch.

    Similarity-preserving distillation (Tung and Mori 2019, arXiv:1907.09682) on cosines: the
    embeddings themselves may have other directions, and another size.

    Args:
        own: Embeddings (n, d).
        wanted: Embeddings (n, e) of the same images by the twin that is imitated.

    Returns:
        Scalar in [0, 4]; an image's comparison with itself is left out. 0 for one image.
    """
    gap = ops.square(cosine_distance_matrix(own) - cosine_distance_matrix(wanted))
    count = ops.cast(ops.shape(gap)[0], gap.dtype)
    others = gap * (1.0 - ops.eye(ops.shape(gap)[0], dtype=gap.dtype))
    return ops.sum(others) / ops.maximum(count * (count - 1.0), 1.0)


@keras.saving.register_keras_serializable("twinlet")
class ImitationLoss(BatchLoss):
    """A loss on labels, plus `weight * similarity_gap` to another twin's embeddings.

    `y_true` (n, 1 + e) holds the label and then the other twin's embedding; `y_pred` (n, d + p)
    the own embedding and then, for a loss on proxies, p cosines of `heads.CosineHead`. The label
    is a floating number among others, below 2^24.
    """

    def __init__(
        self,
        base: keras.losses.Loss,
        size: int,
        weight: float = 10.0,
        name: str = "imitation_loss",
    ) -> None:
        """Make the loss.

        Args:
            base: What is learnt from labels; gets the cosines if there are some, else the
                embedding.
            size: d, numbers in the own embedding.
            weight: Of the imitation, above 0.
            name: Name in logs.

        Raises:
            InvalidInputError: The weight is not above 0.
        """
        super().__init__(name, base=base, size=size, weight=weight)
        positive(weight=weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        embedding, cosines = y_pred[:, : self.size], y_pred[:, self.size :]
        from_labels = self.base(y_true[:, 0], cosines if cosines.shape[-1] else embedding)
        return from_labels + self.weight * similarity_gap(embedding, y_true[:, 1:])

    def _targets(self, y_true: Any, y_pred: Any) -> Any:
        """Refuse rows without a label and an embedding to imitate; the rows in float32."""
        for name, tensor, wanted, smallest in (
            ("y_true", y_true, "(n, 1 + e), each row a label and an embedding to imitate", 2),
            ("y_pred", y_pred, f"(n, {self.size} + p)", self.size),
        ):
            shape = static_shape(tensor)
            if shape is None:
                continue
            if len(shape) != 2 or (shape[1] is not None and shape[1] < smallest):
                raise InvalidInputError(
                    f"{type(self).__name__} expects {name} of shape {wanted}, got {shape}"
                )
        return ops.cast(y_true, self.dtype)

    def _usable(self, y_true: Any, y_pred: Any) -> Any:
        """The labels are the base's affair; a NaN to imitate makes the gap NaN."""
        del y_true, y_pred
        return True

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "base": keras.losses.serialize(self.base)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ImitationLoss":
        """Make the loss that `get_config` described."""
        return cls(**{**config, "base": keras.losses.deserialize(config["base"])})
