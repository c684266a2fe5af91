"""Siamese networks on fixed triplets or pairs: named inputs that share one twin."""

from typing import Any

import keras
from keras import ops

from twinlet_train.distances import Distance, chosen_distance, unit

TRIPLET = ("anchor", "positive", "negative")
PAIR = ("first", "second")

# The reference recipe's, where a configuration leaves them open.
TRIPLET_MARGIN, TRIPLET_DISTANCE = 0.4, "cosine"
PAIR_MARGIN, PAIR_DISTANCE = 1.0, "euclidean"


@keras.saving.register_keras_serializable("twinlet")
class TripletLossLayer(keras.layers.Layer):
    """Hinge of one triplet: `max(0, d(anchor, positive) - d(anchor, negative) + margin)`.

    Takes three embeddings (n, d), compared by direction, and gives (n,).
    """

    def __init__(self, margin: float = 0.4, distance: str = "cosine", **kwargs: Any) -> None:
        """Keep the margin, in units of the distance (a name of `distances.DISTANCES`)."""
        super().__init__(**kwargs)
        self._distance = chosen_distance(distance, margin)
        self.margin = margin
        self.distance = distance

    def call(self, embeddings: list[Any]) -> Any:
        """Return the hinge (n,) of each triplet."""
        anchor, positive, negative = (unit(ops.cast(e, "float32")) for e in embeddings)
        gap = self._distance.pair(anchor, positive) - self._distance.pair(anchor, negative)
        return ops.relu(gap + self.margin)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One number a triplet."""
        return (input_shape[0][0],)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "margin": self.margin, "distance": self.distance}


@keras.saving.register_keras_serializable("twinlet")
class DistanceLayer(keras.layers.Layer):
    """Distance (n,) of the directions of two embeddings (n, d)."""

    def __init__(self, distance: str = "euclidean", **kwargs: Any) -> None:
        """Keep the distance, a name of `distances.DISTANCES`."""
        super().__init__(**kwargs)
        self._distance: Distance = chosen_distance(distance, margin=1.0)
        self.distance = distance

    def call(self, embeddings: list[Any]) -> Any:
        """Return the distance (n,) of each pair."""
        first, second = (unit(ops.cast(e, "float32")) for e in embeddings)
        return self._distance.pair(first, second)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One number a pair."""
        return (input_shape[0][0],)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "distance": self.distance}


def triplet_network(twin: keras.Model, *, margin: float, distance: str = "cosine") -> keras.Model:
    """Wrap a twin for training on fixed triplets, as the reference recipe does.

    Args:
        twin: The embedding model; its weights are shared by the three branches.
        margin: See `TripletLossLayer`.
        distance: A name of `distances.DISTANCES`.

    Returns:
        A model from `{"anchor", "positive", "negative"}` (each as the twin's input) to the
        loss (n,) of each triplet; train it with `losses.identity_loss`.
    """
    layer = TripletLossLayer(margin, distance, name="triplet_loss")
    return _siamese(twin, TRIPLET, layer)


def pair_network(twin: keras.Model, *, distance: str = "euclidean") -> keras.Model:
    """Wrap a twin for training on fixed pairs.

    Args:
        twin: The embedding model; its weights are shared by both branches.
        distance: A name of `distances.DISTANCES`.

    Returns:
        A model from `{"first", "second"}` (each as the twin's input) to the distance (n,) of
        each pair; train it with `losses.PairContrastiveLoss` on 1 (mated) and 0 (non-mated).
    """
    return _siamese(twin, PAIR, DistanceLayer(distance, name="distance"))


def _siamese(twin: keras.Model, names: tuple[str, ...], layer: Any) -> keras.Model:
    inputs = {
        name: keras.Input(twin.input_shape[1:], dtype=twin.inputs[0].dtype, name=name)
        for name in names
    }
    return keras.Model(inputs, layer([twin(inputs[name]) for name in names]), name="siamese")
