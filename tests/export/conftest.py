"""A small twin for the export tests; the folder is skipped where TensorFlow is missing."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

collect_ignore_glob = ["*"] if find_spec("tensorflow") is None else []

# Keras 3 copies variables in a way that numpy 2 announces it will change; ours to filter, not
# to fix (keras/src/backend/tensorflow/core.py, convert_to_numpy).
KERAS_COPY = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(KERAS_COPY))


SIDE = 16
SIZE = 24  # of the embedding


def small_twin(seed: int = 7) -> Any:
    """Build a twin with all that a converter trips over: strides, depthwise, ReLU6, shifts."""
    import keras

    def seeded(offset: int) -> Any:
        return keras.initializers.GlorotUniform(seed=seed * 100 + offset)

    def normalised(x: Any, name: str) -> Any:
        layer = keras.layers.BatchNormalization(name=name)
        x = layer(x)
        rng = np.random.default_rng([seed, len(name)])
        channels = x.shape[-1]
        # Statistics as training leaves them: neither 0 and 1, nor the same in any channel.
        layer.set_weights(
            [
                rng.uniform(0.5, 1.5, channels),
                rng.normal(0.3, 0.3, channels),
                rng.normal(0.0, 0.2, channels),
                rng.uniform(0.05, 0.6, channels),
            ]
        )
        return keras.layers.ReLU(max_value=6.0)(x)

    pixels = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, offset=-1.0)(pixels)
    x = keras.layers.Conv2D(
        16, 3, strides=2, padding="same", use_bias=False, kernel_initializer=seeded(1)
    )(x)
    x = normalised(x, "first_bn")
    x = keras.layers.DepthwiseConv2D(
        3, padding="same", use_bias=False, depthwise_initializer=seeded(2)
    )(x)
    x = normalised(x, "depthwise_bn")
    x = keras.layers.Conv2D(32, 1, use_bias=True, kernel_initializer=seeded(3))(x)
    x = normalised(x, "pointwise_bn_of_the_twin")
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(SIZE, name="embedding", kernel_initializer=seeded(4))(x)
    return keras.Model(pixels, x, name="twin")


@pytest.fixture(scope="session")
def twin() -> Any:
    return small_twin()


@pytest.fixture(scope="session")
def pixels() -> NDArray[np.uint8]:
    """64 smooth images of 8 classes: a colour gradient of its own a class, and noise."""
    rng = np.random.default_rng(11)
    corners = rng.uniform(0, 255, (8, 2, 2, 3)).repeat(8, axis=0)
    u = np.linspace(0.0, 1.0, SIDE)[:, None, None]
    v = np.linspace(0.0, 1.0, SIDE)[None, :, None]
    c = corners[:, :, :, None, None, :]
    smooth = (
        c[:, 0, 0] * (1 - u) * (1 - v)
        + c[:, 0, 1] * (1 - u) * v
        + c[:, 1, 0] * u * (1 - v)
        + c[:, 1, 1] * u * v
    )
    noisy = smooth + rng.normal(0, 25, smooth.shape)
    return noisy.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def labels() -> NDArray[np.int64]:
    return np.repeat(np.arange(8), 8)


@pytest.fixture(scope="session")
def reference(twin: Any, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Keras' own embeddings of `pixels`."""
    return np.asarray(twin(pixels, training=False))


@pytest.fixture(scope="session")
def cosines() -> Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float64]]:
    """The cosine of two sets of embeddings, row by row."""

    def compare(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
        a64, b64 = a.astype(np.float64), b.astype(np.float64)
        lengths = np.linalg.norm(a64, axis=1) * np.linalg.norm(b64, axis=1)
        return np.asarray(np.sum(a64 * b64, axis=1) / lengths)

    return compare


@pytest.fixture(scope="session")
def data(pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> Any:
    """What the export stage reads of a `LabelledImages`."""
    return SimpleNamespace(
        images=pixels,
        labels=labels,
        class_names=tuple("abcdefgh"),
        fingerprint="f" * 64,
        spec="made up",
        unreadable=(),
    )


@pytest.fixture(scope="session")
def splits() -> Any:
    """Of the 8 images of each class: 2 train, 3 calibrate, 3 test."""
    place = np.arange(64) % 8
    return SimpleNamespace(
        train=np.flatnonzero(place < 2),
        calibration=np.flatnonzero((place >= 2) & (place < 5)),
        test=np.flatnonzero(place >= 5),
        protocol="closed-set",
    )
