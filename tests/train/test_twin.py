import warnings

import keras
import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin
from twinlet_train.weights import load_weights_file

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


@pytest.mark.parametrize("options", [{}, {"halvings": 3}, {"width": 0.35}])
def test_mobilenet_takes_a_local_weights_file(tmp_path, options):
    source = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=options.get("width", 1.0), include_top=False, weights=None
    )
    path = tmp_path / "mine.weights.h5"
    source.save_weights(path)
    twin = build_twin(ModelConfig(weights=str(path), embedding=8, **options), RGB32, seed=0)
    *network, _, _ = twin.get_weights()  # the last two are the embedding's
    assert all(map(np.array_equal, network, source.get_weights()))
    assert len(network) == len(source.get_weights())


def test_published_weights_come_from_keras(monkeypatch):
    """As `weights="imagenet"` does it; here the download gives ones."""
    real = keras.applications.MobileNetV3Small
    asked = []

    def published(weights, **options):
        asked.append((weights, options["alpha"], options["include_preprocessing"]))
        net = real(weights=None, **options)
        net.set_weights([np.ones(w.shape) for w in net.get_weights()])
        return net

    monkeypatch.setattr(keras.applications, "MobileNetV3Small", published)
    config = ModelConfig(backbone="mobilenetv3-small", width=0.75, embedding=8)
    *network, _, _ = build_twin(config, RGB32, seed=0).get_weights()
    assert asked == [("imagenet", 0.75, False)]
    assert all(np.all(weight == 1) for weight in network)


def test_without_network_the_ways_out_are_named(monkeypatch):
    def unreachable(**options):
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.applications, "MobileNetV2", unreachable)
    with pytest.raises(
        InvalidInputError, match=r"URL fetch failure. Without a network, name a wei"
    ):
        build_twin(ModelConfig(), RGB32, seed=0)


def test_auto_starts_at_random_at_a_width_nothing_is_published_for(caplog):
    with caplog.at_level("INFO", "twinlet"):
        build_twin(ModelConfig(width=0.4, embedding=8), RGB32, seed=0)
    assert "no ready weights of MobileNetV2 at width 0.4: starts at random" in caplog.messages


@pytest.mark.parametrize(("halvings", "said"), [(0, True), (3, False)])
def test_a_single_cell_is_told(caplog, halvings, said):
    config = ModelConfig(weights="none", width=0.35, halvings=halvings, embedding=8)
    with caplog.at_level("INFO", "twinlet"):
        build_twin(config, RGB32, seed=0)
    told = [m for m in caplog.messages if "a single cell; model.halvings=4 would keep 2x2" in m]
    assert bool(told) is said


def foreign_weights(tmp_path):
    path = tmp_path / "foreign.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(path)
    return str(path)


def other_width(tmp_path):
    path = tmp_path / "narrow.weights.h5"
    keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.5, include_top=False, weights=None
    ).save_weights(path)
    return str(path)


def text_file(tmp_path):
    path = tmp_path / "text.weights.h5"
    path.write_text("no weights")
    return str(path)


def other_ending(tmp_path):
    path = tmp_path / "weights.txt"
    path.write_text("no weights")
    return str(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            foreign_weights,
            r"does not hold weights of MobileNetV2 without top \(width 1\): expected 260 arrays of "
            r"2,257,984 numbers, the file holds 2 arrays of 8 numbers \(of dense\); name another",
        ),
        (
            other_width,
            "expected 260 arrays of 2,257,984 numbers, the file holds 260 arrays of 706,",
        ),
        (text_file, "the file is not an HDF5 file or is damaged"),
        (other_ending, "not a weights file by its name; expected one that ends in .weights.h5"),
        (str, "is a folder; expected a weights file"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, make, message):
    config = ModelConfig(weights=make(tmp_path))
    with pytest.raises(InvalidInputError, match=message):
        build_twin(config, RGB32, seed=0)


def test_a_weights_file_for_a_network_of_our_own(tmp_path):
    source = build_twin(tiny(), GREY8, seed=1)
    path = tmp_path / "mine.weights.h5"
    keras.Model(source.input, source.get_layer("pool").input).save_weights(path)
    *network, _, _ = build_twin(tiny(weights=str(path)), GREY8, seed=2).get_weights()
    assert all(map(np.array_equal, network, source.get_weights()))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Keras' own, of every layer it does not find
        with pytest.raises(InvalidInputError, match="does not hold weights of small: expected"):
            build_twin(ModelConfig(backbone="small", weights=str(path)), GREY8, seed=2)


def test_a_file_with_more_layers_than_the_network_is_refused(tmp_path):
    """Keras would take the layers it knows, by their names, and say nothing of the others."""
    deep = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(4)])
    path = tmp_path / "deep.weights.h5"
    deep.save_weights(path)
    shallow = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    with pytest.raises(InvalidInputError) as refusal:
        load_weights_file(shallow, str(path), "a shallow network")
    assert "expected 2 arrays of 20 numbers, the file holds 4 arrays of 40 numbers (of dense, " in (
        str(refusal.value)
    )


def test_states_that_are_no_weights_do_not_count(tmp_path):
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Normalization(), layers.Dropout(0.5)])
    path = tmp_path / "states.weights.h5"
    model.save_weights(path)
    load_weights_file(model, str(path), "a network with states")


@pytest.mark.parametrize(
    ("config", "contract", "message"),
    [
        (ModelConfig(backbone="resnet"), RGB32, "expected one of mobilenetv2, mob"),
        (ModelConfig(weights="none"), GREY8, "at least 32x32 pixels, got 8x8; set data.size=32"),
        (ModelConfig(halvings=6), RGB32, "mobilenetv2 halves the image 5 times, got .*=6"),
        (
            ModelConfig(weights="any.h5"),
            InputContract(32, 32, 1, color="L"),
            "ready weights of mobilenetv2 are for 3 channels, got images with 1; set data.channels",
        ),
        (
            ModelConfig(weights="imagenet", width=0.4),
            RGB32,
            "no ImageNet weights of MobileNetV2 for model.width=0.4; expected one of 0.35, 0.5, 0.",
        ),
        (tiny(), InputContract(4, 4, 1), "at least 8x8"),
        (tiny(weights="imagenet"), GREY8, "tiny has no ready weights"),
        (ModelConfig(weights="missing.h5"), RGB32, "no weights file at missing.h5"),
        (ModelConfig(weights=""), RGB32, "model.weights is empty; expected a path"),
    ],
)
def test_what_cannot_be_built_is_refused(config, contract, message):
    with pytest.raises(InvalidInputError, match=message):
        build_twin(config, contract, seed=0)
