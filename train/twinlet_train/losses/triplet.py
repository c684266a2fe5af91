"""Triplet loss over a batch of labelled embeddings, mined inside the step."""

from typing import Any

import keras

from twinlet.errors import InvalidInputError
from twinlet_train.distances import chosen_distance, unit
from twinlet_train.losses.base import BatchLoss
from twinlet_train.mining import MINERS, hinge, soft_margin

MARGIN = 0.4  # the reference recipe's
MARGINS = {"batch-all": 0.2}  # by mining, where another did better


@keras.saving.register_keras_serializable("twinlet")
class OnlineTripletLoss(BatchLoss):
    """Mean penalty of mined triplets (Schroff et al. 2015, Hermans et al. 2017).

    `y_true` holds identities (n,) or (n, 1), `y_pred` raw embeddings (n, d). Distances are of
    directions, as the runtime compares directions: the length of an embedding does not matter.
    The defaults are what gave most in this project's comparisons (`benchmarks/README.md`, what was
    tried).

    Example:
        >>> model.compile("adam", OnlineTripletLoss())  # doctest: +SKIP
        >>> model.fit(images, identities)  # doctest: +SKIP
    """

    def __init__(
        self,
        margin: float | None = None,
        mining: str = "batch-all",
        *,
        distance: str = "cosine",
        soft: bool = False,
        name: str = "triplet_loss",
    ) -> None:
        """Make the loss.

        Args:
            margin: Gap wanted between mated and non-mated distance, between 0 and the largest
                distance of unit vectors (cosine and euclidean 2, squared-euclidean 4). When not
                given 0.2 for batch-all, 0.4 for other mining.
            mining: A name of `mining.MINERS`.
            distance: A name of `distances.DISTANCES`.
            soft: `log(1 + exp(gap))` instead of the hinge; the margin is then not used.
            name: Name in logs.

        Raises:
            InvalidInputError: The margin, the mining or the distance is not usable.
        """
        margin = MARGINS.get(mining, MARGIN) if margin is None else margin
        super().__init__(name, margin=margin, mining=mining, distance=distance, soft=soft)
        self._matrix = chosen_distance(distance, margin).matrix
        if mining not in MINERS:
            raise InvalidInputError(
                f"unknown triplet mining {mining!r}; expected one of {', '.join(MINERS)}"
            )
        if mining == "distance-weighted" and distance != "cosine":
            raise InvalidInputError(
                f"distance-weighted mining is defined for the cosine distance, got {distance}"
            )
        self._penalty = soft_margin if soft else hinge(margin)
        self._miner = MINERS[mining]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        return self._miner(self._matrix(unit(y_pred)), y_true, self._penalty)
