"""What every backbone must do, and how one is chosen."""

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import BACKBONES, BackboneOptions, chosen_backbone
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

HALVING = [name for name, backbone in BACKBONES.items() if backbone.halvings]


@pytest.mark.parametrize("name", BACKBONES)
def test_a_twin_of_it_is_flat_and_survives_its_file(name, tmp_path):
    halvings = 2 if name in HALVING else 0
    config = ModelConfig(backbone=name, weights="none", embedding=8, halvings=halvings, width=0.5)
    twin = build_twin(config, InputContract(16, 16, 3), seed=0)
    assert twin.output_shape == (None, 8)
    assert not any(isinstance(layer, keras.Model) for layer in twin.layers)
    twin.save(tmp_path / "twin.keras")
    again = keras.saving.load_model(tmp_path / "twin.keras", compile=False)
    x = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(again(x)), np.asarray(twin(x)))


@pytest.mark.parametrize("name", BACKBONES)
def test_it_takes_grey_images_and_draws_the_same_weights_again(name):
    config = ModelConfig(backbone=name, weights="none", embedding=8, width=0.5)
    first, again = (build_twin(config, InputContract(32, 32, 1, color="L"), seed=3) for _ in "ab")
    assert all(map(np.array_equal, first.get_weights(), again.get_weights()))


@pytest.mark.parametrize("name", HALVING)
def test_images_that_are_too_small_are_refused(name):
    config = ModelConfig(backbone=name, weights="none")
    with pytest.raises(InvalidInputError, match=r"of at least (8x8|32x32) pixels, got 32x7; set"):
        build_twin(config, InputContract(32, 7, 3), seed=0)


@pytest.mark.parametrize("name", HALVING)
def test_vectors_are_sent_to_the_network_for_them(name):
    config = ModelConfig(backbone=name, weights="none")
    with pytest.raises(InvalidInputError, match=r"got vectors, 1x300; set model\.backbone=dense"):
        build_twin(config, InputContract(1, 300, 3), seed=0)


@pytest.mark.parametrize(
    ("name", "options", "smallest"),
    [
        ("mobilenetv2", BackboneOptions(), 32),
        ("mobilenetv2", BackboneOptions(halvings=4), 16),
        ("mobilenetv2", BackboneOptions(halvings=1), 8),
        ("tiny", BackboneOptions(), 8),
        ("dense", BackboneOptions(), 1),
    ],
)
def test_the_smallest_image_leaves_a_whole_cell(name, options, smallest):
    backbone = BACKBONES[name]
    assert backbone.smallest(backbone.resolved(name, options)) == smallest


@pytest.mark.parametrize("name", HALVING)
def test_more_halvings_than_it_has_are_refused(name):
    backbone = BACKBONES[name]
    message = f"{name} halves the image {backbone.halvings} times, got model.halvings=6; expected"
    with pytest.raises(InvalidInputError, match=message):
        backbone.resolved(name, BackboneOptions(halvings=6))


def test_only_those_with_ready_weights_ask_for_colour():
    asking = {name for name, backbone in BACKBONES.items() if backbone.channels}
    assert asking == {"mobilenetv2", "mobilenetv3-small", "mobilenetv3-large"}


def test_an_unknown_name_is_refused():
    message = "unknown model.backbone 'resnet'; expected one of mobilenetv2, .*, dense, or your own"
    with pytest.raises(InvalidInputError, match=message):
        chosen_backbone("resnet")
