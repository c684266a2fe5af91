"""Networks from pixels to features, for the tests of backbones."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet_train.backbones import BACKBONES, BackboneOptions
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

MODULES = (f"nets{number}" for number in count())  # Python imports a name only once


def _build(name: str, side: int, channels: int = 3, **options: Any) -> keras.Model:
    backbone = BACKBONES[name]
    pixels = keras.Input((side, side, channels))
    resolved = backbone.resolved(name, BackboneOptions(**options))
    return keras.Model(pixels, backbone.build(pixels, resolved))


@pytest.fixture
def build() -> Callable[..., keras.Model]:
    """Build a backbone by name onto images of one side."""
    return _build


@pytest.fixture
def largest_difference() -> Callable[..., float]:
    """Give two networks the same random weights, and compare what they compute."""

    def compare(ours: keras.Model, theirs: keras.Model) -> float:
        rng = np.random.default_rng(0)
        weights = [
            # Kernels centred on zero; scales and variances above it.
            rng.normal(0, 0.1, w.shape) if w.ndim > 1 else rng.uniform(0.5, 1.5, w.shape)
            for w in theirs.get_weights()
        ]
        ours.set_weights(weights)
        theirs.set_weights(weights)
        x = rng.uniform(-1, 1, (2, *theirs.input_shape[1:])).astype(np.float32)
        expected = np.asarray(theirs(x, training=False))
        assert np.ptp(expected) > 0.1
        return float(np.abs(np.asarray(ours(x, training=False)) - expected).max())

    return compare


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a module into the current directory; give its name."""
    monkeypatch.chdir(tmp_path)

    def write(body: str) -> str:
        name = next(MODULES)
        start = "import keras\nfrom keras import layers, ops\n"
        (tmp_path / f"{name}.py").write_text(start + body.replace("{module}", name))
        return name

    return write


@pytest.fixture
def twin_of() -> Callable[..., keras.Model]:
    """Build a twin around a backbone, for 16-pixel images."""

    def build(backbone: str, **changes: Any) -> keras.Model:
        config = ModelConfig(backbone=backbone, embedding=4, **changes)
        return build_twin(config, InputContract(16, 16, 3), seed=5)

    return build
