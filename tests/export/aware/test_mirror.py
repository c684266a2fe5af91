"""The copy in tf_keras computes what the twin computes, or is refused by the layer's name."""

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import ParityError
from twinlet_export.aware.mirror import mirror, poured_back
from twinlet_train.backbones import BACKBONES
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin


def test_it_computes_the_twin(twin, pixels, reference):
    mirrored = mirror(twin)
    prepared = np.asarray(mirrored.before(pixels))
    np.testing.assert_allclose(prepared, pixels / 127.5 - 1.0, atol=1e-6)
    found = np.asarray(mirrored.network(prepared, training=False))
    np.testing.assert_allclose(found, reference, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", sorted(BACKBONES))
def test_every_network_of_ours_has_one(name):
    image, vector = InputContract(32, 32, 3, color="RGB"), InputContract(1, 40, 1, color="L")
    contract = vector if name == "dense" else image
    twin = build_twin(ModelConfig(backbone=name, weights="none", embedding=8), contract, seed=0)
    mirrored = mirror(twin)  # which compares embeddings itself
    assert mirrored.network.output_shape == (None, 8)


def test_without_rescaling_it_starts_at_the_pixels():
    pixels = keras.Input((4, 4, 1), dtype="uint8")
    x = keras.layers.Flatten()(pixels)
    twin = keras.Model(pixels, keras.layers.Dense(3)(x))
    mirrored = mirror(twin)
    image = np.full((1, 4, 4, 1), 7, np.uint8)
    np.testing.assert_allclose(
        np.asarray(mirrored.network(np.asarray(mirrored.before(image)).astype(np.float32))),
        np.asarray(twin(image)),
        rtol=1e-5,
    )


def test_weights_come_back_into_a_copy(twin, pixels, reference):
    weights = {
        layer.name: [2.0 * array for array in layer.get_weights()]
        if layer.name == "embedding"
        else layer.get_weights()
        for layer in twin.layers
    }
    copy = poured_back(twin, weights)
    np.testing.assert_allclose(np.asarray(copy(pixels)), 2.0 * reference, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(twin(pixels, training=False)), reference)


class Doubling(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x


def twin_of(build):
    pixels = keras.Input((4, 4, 1), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255.0)(pixels)
    return keras.Model(pixels, keras.layers.Dense(3)(keras.layers.Flatten()(build(x))))


def nested(x):
    inner = keras.Input((4, 4, 1))
    return keras.Model(inner, keras.layers.ReLU()(inner), name="inside")(x)


def shared(x):
    layer = keras.layers.Conv2D(1, 1, name="twice")
    return layer(layer(x))


def frozen(x):
    return keras.layers.BatchNormalization(name="bn")(x, training=False)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (Doubling(name="own"), r"layer 'own' \(Doubling\) has no counterpart in tf_keras"),
        (nested, r"layer 'inside' \(Functional\) has no counterpart"),
        (lambda x: x + 1.0, r"computes with 'add' \(Add\), which is no layer"),
        (frozen, r"calls its layer 'bn' with training=False"),
        (shared, r"calls its layer 'twice' 2 times"),
        (keras.layers.RMSNormalization(name="rms"), r"layer 'rms' \(RMSNormalization\) has no"),
        (
            keras.layers.Activation("squareplus", name="act"),
            r"layer 'act' \(Activation\) cannot be built in tf_keras",
        ),
    ],
)
def test_what_has_no_counterpart(build, message):
    with pytest.raises(ParityError, match=message):
        mirror(twin_of(build))
