"""A task for tuning: the small twin's own images, its triplet loss."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from twinlet_train.config import TrainConfig


@pytest.fixture
def make_config() -> Any:
    """A configuration by its settings, as of a run."""

    def make(**settings: str) -> TrainConfig:
        dotted = {key.replace("__", "."): value for key, value in settings.items()}
        dotted = {"fit.samples_per_class": "4", "model.embedding": "24", **dotted}
        return TrainConfig.from_options("digits", settings=dotted)

    return make


@pytest.fixture(scope="session")
def learning(pixels: Any, labels: Any) -> Any:
    """The 64 images, and that all of them train."""
    data = SimpleNamespace(images=pixels, labels=labels)
    return SimpleNamespace(data=data, train=np.arange(len(pixels)))


@pytest.fixture(scope="session")
def uneven(twin: Any) -> Any:
    """The twin with depthwise channels of very different size, which normalisation makes up for.

    It computes what the twin computes; but on steps of one range for the whole kernel, its small
    channels are nothing.
    """
    import keras

    copy = keras.models.clone_model(twin)
    copy.set_weights(twin.get_weights())
    (kernel,) = (layer for layer in copy.layers if isinstance(layer, keras.layers.DepthwiseConv2D))
    channels = kernel.get_weights()[0].shape[2]
    sizes = np.logspace(0.0, -2.0, channels)
    # Not below a hundredth: normalisation adds 0.001 to a variance, which would show then.
    kernel.set_weights([kernel.get_weights()[0] * 100.0 * sizes[:, np.newaxis]])
    gamma, beta, mean, variance = (bn := copy.get_layer("depthwise_bn")).get_weights()
    bn.set_weights([gamma, beta, mean * 100.0 * sizes, variance * (100.0 * sizes) ** 2])
    return copy
