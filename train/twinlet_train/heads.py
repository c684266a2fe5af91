"""What stands on top of the twin in training only."""

from typing import Any

import keras
from keras import ops

from twinlet_train.distances import unit


@keras.saving.register_keras_serializable("twinlet")
class CosineHead(keras.layers.Layer):
    """One learnt direction (proxy) a class: embeddings (n, d) to cosines (n, classes).

    For the losses of `losses.PROXY_LOSSES`. Computes and answers in float32.
    """

    def __init__(self, classes: int, seed: int | None = None, **kwargs: Any) -> None:
        """Keep the number of classes, at least 2, and the seed of the first directions."""
        super().__init__(dtype=kwargs.pop("dtype", "float32"), **kwargs)
        self.classes = classes
        self.seed = seed

    def build(self, input_shape: Any) -> None:
        """Draw the directions evenly over the sphere, with lengths of about 1."""
        size = input_shape[-1]
        self.proxies = self.add_weight(
            name="proxies",
            shape=(self.classes, size),
            initializer=keras.initializers.RandomNormal(stddev=size**-0.5, seed=self.seed),
        )

    def call(self, embeddings: Any) -> Any:
        """Return the cosine of each embedding with each class's direction."""
        return ops.matmul(unit(embeddings), ops.transpose(unit(self.proxies)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One cosine a class."""
        return (*input_shape[:-1], self.classes)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` needs."""
        return {**super().get_config(), "classes": self.classes, "seed": self.seed}
