import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet_train.objectives import trained_model
from twinlet_train.settings import LossConfig, ModelConfig
from twinlet_train.stages import at_size, side_at
from twinlet_train.twin import build_twin


@pytest.mark.parametrize(
    ("progress", "side"),
    [(0.0, 16), (0.34, 16), (0.36, 24), (0.69, 24), (0.7, 32), (1.0, 32), (3.0, 32)],
)
def test_sizes_rise_in_even_parts_and_leave_the_end_to_the_full_one(progress, side):
    assert side_at(progress, start=16, full=32) == side


@pytest.mark.parametrize("start", [0, 32, 40])
def test_no_smaller_images_without_a_smaller_start(start):
    assert side_at(0.0, start=start, full=32) == 32


@pytest.fixture
def twin():
    config = ModelConfig(backbone="tiny", embedding=6)
    return build_twin(config, InputContract(16, 16, 3, color="RGB"), seed=3)


def test_the_same_layers_see_smaller_images(twin):
    small = at_size(twin, 8)
    assert small.input_shape == twin.input_shape
    assert [id(v) for v in small.trainable_variables] == [id(v) for v in twin.trainable_variables]
    # A twin made for 8 pixels, with the same weights, on images shrunk before.
    made_for_it = build_twin(
        ModelConfig(backbone="tiny", embedding=6), InputContract(8, 8, 3, color="RGB"), seed=0
    )
    made_for_it.set_weights(twin.get_weights())
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    shrunk = keras.ops.image.resize(images.astype(np.float32), (8, 8), antialias=True)
    layers = keras.Model(made_for_it.layers[1].output, made_for_it.output)
    expected = np.asarray(layers(made_for_it.layers[1](shrunk)))
    np.testing.assert_allclose(np.asarray(small(images)), expected, rtol=1e-3, atol=1e-9)


def test_a_class_head_sees_smaller_images_too(twin):
    model = trained_model(twin, LossConfig(name="cosface"), classes=4, seed=0)
    small = at_size(model, 8)
    images = np.zeros((2, 16, 16, 3), np.uint8)
    assert np.asarray(small(images)).shape == (2, 4)
    assert [id(v) for v in small.trainable_variables] == [id(v) for v in model.trainable_variables]


def test_the_full_size_is_the_model_itself(twin):
    assert at_size(twin, 16) is twin


def test_wide_images_keep_their_shape():
    twin = build_twin(
        ModelConfig(backbone="tiny", embedding=6), InputContract(16, 32, 1, color="L"), seed=3
    )
    inner = next(layer for layer in at_size(twin, 8).layers if isinstance(layer, keras.Model))
    assert inner.input_shape == (None, 8, 16, 1)
