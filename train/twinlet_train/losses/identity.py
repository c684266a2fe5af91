"""The loss of a model that ends in its own loss."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("twinlet")
def identity_loss(y_true: Any, y_pred: Any) -> Any:
    """Mean of the model's output.

    `y_true` is not looked at; Keras wants one.
    """
    del y_true
    return ops.mean(y_pred)
