"""The Siamese network of the reference recipe: three inputs, one shared twin, the loss inside."""

from typing import Any

import keras
from keras import ops

from twinlet_train.distances import cosine_distance
from twinlet_train.losses import check_margin

INPUTS = ("anchor", "positive", "negative")


@keras.saving.register_keras_serializable("twinlet")
class TripletLossLayer(keras.layers.Layer):
    """Hinge of one triplet: `max(0, d(anchor, positive) - d(anchor, negative) + margin)`.

    Takes three embeddings (n, d) and gives (n,), with cosine distance d.
    """

    def __init__(self, margin: float = 0.4, **kwargs: Any) -> None:
        """Keep the margin, in units of cosine distance, in (0, 2)."""
        super().__init__(**kwargs)
        check_margin(margin)
        self.margin = margin

    def call(self, embeddings: list[Any]) -> Any:
        """Return the hinge (n,) of each triplet."""
        anchor, positive, negative = embeddings
        gap = cosine_distance(anchor, positive) - cosine_distance(anchor, negative)
        return ops.relu(gap + self.margin)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One number a triplet."""
        return (input_shape[0][0],)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "margin": self.margin}


def triplet_network(twin: keras.Model, *, margin: float) -> keras.Model:
    """Wrap a twin for training on fixed triplets.

    Args:
        twin: The embedding model; its weights are shared by the three branches.
        margin: See `TripletLossLayer`.

    Returns:
        A model from `{"anchor", "positive", "negative"}` (each as the twin's input) to the
        loss (n,) of each triplet; train it with `losses.identity_loss`.
    """
    inputs = {
        name: keras.Input(twin.input_shape[1:], dtype=twin.inputs[0].dtype, name=name)
        for name in INPUTS
    }
    embeddings = [twin(inputs[name]) for name in INPUTS]
    loss = TripletLossLayer(margin, name="triplet_loss")(embeddings)
    return keras.Model(inputs, loss, name="siamese")
