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
