"""A network of the user's: one file in the current directory, named by its import path."""

import sys

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import chosen_backbone
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin

GOOD = """
def build(pixels):
    x = layers.Conv2D(6, 3, strides=2, activation="relu")(pixels)
    x = layers.BatchNormalization()(x)
    return ops.maximum(x * 2.0, 0.5)

def vector(pixels):
    return layers.Dense(5)(layers.Flatten()(pixels))
"""


@pytest.mark.parametrize(("name", "weights"), [("build", 168 + 24 + 28), ("vector", 3845 + 24)])
def test_a_function_from_pixels_to_features(written, twin_of, tmp_path, name, weights):
    twin = twin_of(f"{written(GOOD)}:{name}", bn_momentum=0.7)
    assert twin.output_shape == (None, 4)
    assert twin.count_params() == weights
    for layer in twin.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            assert layer.momentum == 0.7
    twin.save(tmp_path / "twin.keras")
    again = keras.saving.load_model(tmp_path / "twin.keras", compile=False)
    x = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(again(x)), np.asarray(twin(x)))


def test_a_network_of_keras_in_one_line():
    """Flat, by `input_tensor`; here with the module of the test itself."""
    sys.modules["nets_of_keras"] = type(sys)("nets_of_keras")
    sys.modules["nets_of_keras"].build = lambda pixels: (
        keras.applications.MobileNetV2(
            input_tensor=pixels, alpha=0.35, include_top=False, weights=None
        ).output
    )
    try:
        config = ModelConfig(backbone="nets_of_keras:build", embedding=4)
        twin = build_twin(config, InputContract(32, 32, 3), seed=0)
    finally:
        del sys.modules["nets_of_keras"]
    assert not any(isinstance(layer, keras.Model) for layer in twin.layers)


def test_the_same_seed_draws_the_same_weights(written, twin_of):
    name = f"{written(GOOD)}:build"
    first, again = twin_of(name), twin_of(name)
    assert all(map(np.array_equal, first.get_weights(), again.get_weights()))


LOADED = """
def build(pixels):
    return layers.Conv2D(2, 1, kernel_initializer="ones", name="mine")(pixels)

def drawn(pixels):
    layer = layers.Conv2D(2, 1, name="mine")
    x = layer(pixels)
    layer.kernel.assign(ops.ones_like(layer.kernel.value))
    return x
"""


def test_weights_the_function_loaded_are_kept_unless_none_are_wanted(written, twin_of):
    name = f"{written(LOADED)}:drawn"
    kept = twin_of(name).get_layer("mine").get_weights()[0]
    assert np.all(kept == 1)
    anew = twin_of(name, weights="none").get_layer("mine").get_weights()[0]
    assert not np.any(anew == 1)


def test_a_weights_file(written, twin_of, tmp_path):
    name = f"{written(LOADED)}:build"
    twin = twin_of(name)
    features = keras.Model(twin.input, twin.get_layer("pool").input)
    features.get_layer("mine").kernel.assign(np.full((1, 1, 3, 2), 7.0))
    features.save_weights(tmp_path / "mine.weights.h5")
    loaded = twin_of(name, weights=str(tmp_path / "mine.weights.h5"))
    assert np.all(loaded.get_layer("mine").get_weights()[0] == 7)


def test_the_current_directory_is_looked_through_last_and_only_then(written, tmp_path):
    (tmp_path / "json.py").write_text("raise RuntimeError('not me')\n")
    path = list(sys.path)
    with pytest.raises(InvalidInputError, match=r"json \(.*json/__init__.py\) has no build"):
        chosen_backbone("json:build")
    chosen_backbone(f"{written(GOOD)}:build")
    assert sys.path == path


@pytest.mark.parametrize("name", ["nets.py:build", ":build", "nets:", "my nets:build", "a:b:c"])
def test_a_name_that_cannot_be_read(name):
    with pytest.raises(
        InvalidInputError, match=r"cannot read model.backbone .*; expected MODULE:F"
    ):
        chosen_backbone(name)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "has no build; expected MODULE:FUNCTION"),
        ("build = 3", "is of type int; expected a function"),
        ("build = keras.Sequential([])", "is of type Sequential; expected a function"),
        ("import no_such_thing", "importing nets.* failed: No module named 'no_such_thing'; inst"),
        ("def build(pixels:", "importing nets.* failed: SyntaxError"),
        ("1 / 0", "importing nets.* failed: ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_that_gives_no_function(written, body, message):
    with pytest.raises(InvalidInputError, match=message):
        chosen_backbone(f"{written(body)}:build")


def test_no_such_module(written, tmp_path):
    with pytest.raises(InvalidInputError, match=f"no module no_nets, .* directory {tmp_path}; exp"):
        chosen_backbone("no_nets:build")
    with pytest.raises(InvalidInputError, match="there is no module no_nets, "):
        chosen_backbone("no_nets.deep:build")


def test_options_of_our_networks_are_not_for_it(written, twin_of):
    with pytest.raises(InvalidInputError, match=r"takes neither model.width nor model.halvings"):
        twin_of(f"{written(GOOD)}:build", width=0.5)


def test_published_weights_are_not_for_it(written, twin_of):
    with pytest.raises(
        InvalidInputError, match=r"has no ready weights, got model.weights=imagenet"
    ):
        twin_of(f"{written(GOOD)}:build", weights="imagenet")


TRAINED = """
import keras

def trained(pixels):
    x = keras.layers.SeparableConv2D(4, 3, padding="same", name="mine")(pixels)
    x = keras.layers.BatchNormalization(name="scaled")(x)
    network = keras.Model(pixels, x)
    network.set_weights([weight * 0 + 5 for weight in network.get_weights()])
    return x
"""


def test_nothing_that_it_loaded_is_left_where_none_is_wanted(written, twin_of):
    name = f"{written(TRAINED)}:trained"
    kept, anew, again = (twin_of(name, weights=w) for w in ("auto", "none", "none"))
    for layer in ("mine", "scaled"):
        for weight in kept.get_layer(layer).get_weights():
            assert np.all(weight == 5)
        for weight, same in zip(
            anew.get_layer(layer).get_weights(), again.get_layer(layer).get_weights(), strict=True
        ):
            assert not np.any(weight == 5)
            assert np.array_equal(weight, same)
