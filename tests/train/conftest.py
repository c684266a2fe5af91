"""Small labelled data for the training tests; the folder is skipped without TensorFlow."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from twinlet_train.data import LabelledImages

collect_ignore_glob = ["*"] if find_spec("tensorflow") is None else []


@pytest.fixture
def pixels():
    """Uint8 images (n, 8, 8, 1) of distinct, class-dependent brightness."""

    def make(classes: int, each: int) -> np.ndarray:
        rng = np.random.default_rng(11)
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

    def make(classes: int = 3, each: int = 8, root: str = "pets", part: str = "") -> Path:
        place = tmp_path / root
        for i, image in enumerate(pixels(classes, each)):
            path = place / part / f"c{i // each}" / f"{i % each:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[..., 0]).save(path)
        return place

    return make
