"""The copy of a twin that is trained computes what the twin does."""

import keras
import numpy as np
import pytest
from keras import ops

from twinlet.contract import InputContract
from twinlet_train.fused import FusedBatchNormalization
from twinlet_train.products import PointwiseProduct, SummedDepthwiseConv2D
from twinlet_train.quicker import quicker
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

JAX = keras.backend.backend() == "jax"


def values(model, images, **options):
    return ops.convert_to_numpy(model(images, **options))


@pytest.mark.parametrize("backbone", ["tiny", "small"])
def test_a_copy_of_a_twin_computes_the_same_and_trains_apart(backbone):
    contract = InputContract(16, 16, 3, color="RGB")
    twin = build_twin(ModelConfig(backbone=backbone, embedding=6), contract, seed=3)
    copy = quicker(twin)
    kinds = {type(layer) for layer in copy.layers}
    if JAX:
        assert ({PointwiseProduct, SummedDepthwiseConv2D} <= kinds) == (backbone == "tiny")
        assert keras.layers.DepthwiseConv2D not in kinds
    else:
        assert FusedBatchNormalization in kinds
        assert keras.layers.BatchNormalization not in kinds
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    np.testing.assert_allclose(values(copy, images), values(twin, images), rtol=1e-4, atol=1e-6)
    before = twin.get_weights()
    copy(images, training=True)
    assert all(np.array_equal(a, b) for a, b in zip(before, twin.get_weights(), strict=True))
    twin.set_weights(copy.get_weights())
    np.testing.assert_allclose(values(copy, images), values(twin, images), rtol=1e-4, atol=1e-6)


def test_vectors_and_other_axes_stay_as_they_are():
    pixels = keras.Input((4, 5, 3))
    x = keras.layers.BatchNormalization(axis=1)(pixels)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.BatchNormalization()(x)
    copy = quicker(keras.Model(pixels, x))
    assert FusedBatchNormalization not in [type(layer) for layer in copy.layers]
