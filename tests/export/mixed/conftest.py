"""A twin that rounding hurts in one place, one that it does not hurt, and images for both."""

from types import SimpleNamespace

import numpy as np
import pytest

from twinlet_export.building import Builder
from twinlet_export.mixed.judging import take_samples
from twinlet_export.mixed.selection import SearchPlan, Selection
from twinlet_export.settings import FloatLimits

SIDE, CLASSES, EACH = 16, 10, 24
TARGET = 0.05

# A network of so few weights is mostly names and shapes: bytes and times say nothing here.
FREE = FloatLimits(layers=1.0, bytes=10.0, growth=0.0, latency=1000.0)


def build_twin(spread):
    """Three convolutions; one channel between the first two has `spread` times the others' range.

    The second convolution divides by the same number, so that the embedding is the same for
    every spread. With one scale for all channels of an activation, 8 bits leave nothing of the
    other channels: spread / 255 is more than they reach.
    """
    import keras

    def seeded(offset):
        return keras.initializers.GlorotUniform(seed=offset)

    pixels = keras.Input((SIDE, SIDE, 3), dtype="uint8", name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, offset=-1.0)(pixels)
    for name, channels in (("wide", 8), ("reader", 16), ("last", 16)):
        layer = keras.layers.Conv2D(
            channels,
            *(3, 2, "same"),
            activation="relu",
            kernel_initializer=seeded(channels),
            name=name,
        )
        x = layer(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(24, name="embedding", kernel_initializer=seeded(3))(x)
    twin = keras.Model(pixels, x, name="twin")
    for name, place, factor in (("wide", (..., 0), spread), ("reader", (..., 0, slice(None)), 0)):
        kernel, bias = twin.get_layer(name).get_weights()
        kernel[place] *= factor or 1.0 / spread
        twin.get_layer(name).set_weights([kernel, bias])
    return twin


@pytest.fixture(scope="session")
def hurt():
    return build_twin(1e4)


@pytest.fixture(scope="session")
def unhurt():
    return build_twin(1.0)


def make_faces(each):
    """Images of 10 classes: a pattern of its own a class, in other light and with noise."""
    rng = np.random.default_rng(5)
    coarse = rng.uniform(40, 215, (CLASSES, 4, 4, 3)).repeat(each, axis=0)
    images = coarse.repeat(SIDE // 4, axis=1).repeat(SIDE // 4, axis=2)
    images = images + rng.normal(0, 12, (len(images), 1, 1, 3)) + rng.normal(0, 25, images.shape)
    labels = np.repeat(np.arange(CLASSES), each)
    return SimpleNamespace(images=images.clip(0, 255).astype(np.uint8), labels=labels)


@pytest.fixture(scope="session")
def faces():
    return make_faces(EACH)


@pytest.fixture(scope="session")
def many_faces():
    """So many that a fifth of them is enough to search with."""
    return make_faces(120)


@pytest.fixture(scope="session")
def free():
    """Limits that all files of such a network keep."""
    return FREE


class Remembering(Builder):
    """Makes each plain file once: the tests are about the others.

    One ONNX file also has one set of names: tf2onnx counts on from one conversion to the next.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._made = {}

    def build(self, name):
        if name not in self._made:
            self._made[name] = super().build(name)
        return self._made[name]


@pytest.fixture(scope="session")
def builders(hurt, unhurt, faces):
    return {id(twin): Remembering(twin, faces.images[::6]) for twin in (hurt, unhurt)}


@pytest.fixture
def select(faces, builders):
    """Search one file of a twin; gives what was selected, the plain file, and what was said."""

    def search(twin, name, *, minutes=5.0, limits=FREE, builder=None):
        builder = builder or builders[id(twin)]
        said = []
        everyone = np.arange(len(faces.labels))
        selection = Selection(
            SearchPlan(minutes, limits),
            builder,
            lambda: take_samples(faces, everyone, twin, target=TARGET, seed=1),
            said.append,
        )
        plain = builder.build(name)
        return selection.of(name, plain), plain, said

    return search
