"""Small labelled data for the training tests; the folder is skipped without TensorFlow."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twinlet_train.data import LabelledImages

collect_ignore_glob = ["*"] if find_spec("tensorflow") is None else []


@pytest.fixture
def pixels():
    """Uint8 images (n, 8, 8, 1) of distinct, class-dependent brightness."""

    def make(classes: int, each: int, seed: int = 11) -> np.ndarray:
        rng = np.random.default_rng(seed)
        base = np.repeat(np.linspace(20, 200, classes), each)[:, None, None, None]
        return (base + rng.integers(0, 50, (classes * each, 8, 8, 1))).astype(np.uint8)

    return make


@pytest.fixture
def labelled(pixels):
    """Make `LabelledImages` of so many classes and images each, optionally with parts."""

    def make(classes: int = 4, each: int = 20, *, with_test: bool = False) -> LabelledImages:
        count = classes * each
        split = np.full(count, "")
        if with_test:
            split = np.where(np.arange(count) % each < each // 4, "test", "train")
        return LabelledImages(
            images=pixels(classes, each),
            labels=np.repeat(np.arange(classes), each),
            class_names=tuple(f"c{i}" for i in range(classes)),
            split=split,
            spec="made",
        )

    return make


@pytest.fixture
def folder(tmp_path, pixels):
    """Make a folder of class folders holding PNG files."""
    from PIL import Image

    def make(
        classes: int = 3, each: int = 8, *, root: str = "pets", part: str = "", seed: int = 11
    ) -> Path:
        place = tmp_path / root
        for i, image in enumerate(pixels(classes, each, seed)):
            path = place / part / f"c{i // each}" / f"{i % each:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[..., 0]).save(path)
        return place

    return make


@pytest.fixture
def gradient():
    """Value and gradient of a scalar function of one array, under the backend in use."""

    def tensorflow(function, x) -> Any:
        import tensorflow as tf

        variable = tf.Variable(x)
        with tf.GradientTape() as tape:
            value = function(variable)
        return float(value), np.asarray(tape.gradient(value, variable))

    def jax(function, x) -> Any:
        import jax

        value, slope = jax.value_and_grad(function)(x)
        return float(value), np.asarray(slope)

    return {"tensorflow": tensorflow, "jax": jax}[_backend()]


@pytest.fixture
def compiled():
    """Compile a function of one array as a training step would be, under the backend in use."""

    def tensorflow(function) -> Any:
        import tensorflow as tf

        return tf.function(function, jit_compile=True)

    def jax(function) -> Any:
        import jax

        return jax.jit(function)

    return {"tensorflow": tensorflow, "jax": jax}[_backend()]


@pytest.fixture
def mixed_float16():
    """Layers made in the test compute in half precision."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


def _backend() -> str:
    import keras

    return keras.backend.backend()
