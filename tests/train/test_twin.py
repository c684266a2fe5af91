import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

GREY8 = InputContract(8, 8, 1, color="L")
RGB32 = InputContract(32, 32, 3)


def tiny(**changes):
    return ModelConfig(**{"backbone": "tiny", "embedding": 16, **changes})


def test_contract_of_the_twin():
    twin = build_twin(tiny(), GREY8, seed=0)
    assert twin.input_shape == (None, 8, 8, 1)
    assert twin.inputs[0].dtype == "uint8"
    assert twin.output_shape == (None, 16)
    assert not any(isinstance(layer, keras.Model) for layer in twin.layers)  # flat


def test_same_seed_same_weights_other_seed_others():
    first, again, other = (build_twin(tiny(), GREY8, seed=s).get_weights() for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_batch_normalisation_follows_the_configuration():
    twin = build_twin(tiny(bn_momentum=0.7), GREY8, seed=0)
    momenta = {
        layer.momentum
        for layer in twin.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert momenta == {0.7}


def test_mobilenet_takes_a_local_weights_file(tmp_path):
    source = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), include_top=False, weights=None
    )
    path = tmp_path / "mine.weights.h5"
    source.save_weights(path)
    config = ModelConfig(weights=str(path), embedding=8)
    twin = build_twin(config, RGB32, seed=0)
    by_name = {layer.name: layer for layer in twin.layers}
    for layer in source.layers:
        if layer.weights:
            pairs = zip(layer.get_weights(), by_name[layer.name].get_weights(), strict=True)
            assert all(np.array_equal(a, b) for a, b in pairs), layer.name


def foreign_weights(tmp_path):
    path = tmp_path / "foreign.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(path)
    return str(path)


def text_file(tmp_path):
    path = tmp_path / "text.weights.h5"
    path.write_text("no weights")
    return str(path)


@pytest.mark.parametrize("make", [foreign_weights, text_file])
def test_a_file_of_something_else_is_refused(tmp_path, make):
    config = ModelConfig(weights=make(tmp_path))
    with pytest.raises(InvalidInputError, match="does not hold weights of MobileNetV2"):
        build_twin(config, RGB32, seed=0)


@pytest.mark.parametrize(
    ("config", "contract", "message"),
    [
        (ModelConfig(backbone="resnet"), RGB32, "expected one of mobilenetv2, tiny"),
        (ModelConfig(weights="none"), GREY8, "at least 32x32 pixels with 3 channels, got 8x8x1"),
        (tiny(), InputContract(4, 4, 1), "at least 8x8"),
        (tiny(weights="imagenet"), GREY8, "tiny has no ready weights"),
        (ModelConfig(weights="missing.h5"), RGB32, "no weights file at missing.h5"),
    ],
)
def test_what_cannot_be_built_is_refused(config, contract, message):
    with pytest.raises(InvalidInputError, match=message):
        build_twin(config, contract, seed=0)
