import dataclasses
from pathlib import Path

import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.backbones import chosen_options
from twinlet_train.config import TrainConfig
from twinlet_train.presets import PRESETS


def test_later_sources_win(tmp_path):
    toml = tmp_path / "t.toml"
    toml.write_text('[data]\nspec = "digits"\n[fit]\nepochs = 3\n[loss]\nmargin = 0.2\n')
    config = TrainConfig.from_options(
        "cifar10", toml=toml, settings={"loss.margin": "0.5", "augment.flip": "true"}, epochs=7
    )
    assert config.data.spec == "cifar10"
    assert (config.fit.epochs, config.loss.margin, config.augment.flip) == (7, 0.5, True)


def test_tables_read_back_to_the_same_configuration():
    config = TrainConfig.from_options("digits", settings={"model.backbone": "tiny"}, minutes=2)
    assert TrainConfig.from_tables(config.tables()) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fit.epoch": "3"}, "did you mean fit.epochs"),
        ({"fits.epochs": "3"}, "unknown setting 'fits'"),
        ({"fit.epochs": "three"}, "fit.epochs takes a value of type int, got 'three'"),
        ({"fit.epochs": "1.5"}, "type int"),
        ({"augment.flip": "yes"}, r"type bool \(true or false\), got 'yes'"),
        ({"fit.epochs": "-1"}, "fit.epochs must be at least 0"),
        ({"fit.recipe": "magic"}, "expected online or fixed"),
        ({"fit.schedule": "steps"}, "expected constant or cosine"),
        ({"loss.margin": "-3"}, "loss.margin must be at least 0"),
        ({"augment.light": "1"}, r"augment.light must lie in \[0, 1\)"),
        ({"fit.warmup": "0.6"}, r"fit.warmup must lie in \[0, 0.5\)"),
        ({"fit.average": "1"}, r"fit.average must lie in \[0, 1\)"),
        ({"fit.monitor": "val_loss"}, "needs fit.recipe=fixed"),
        ({"fit.precision": "int8"}, "expected auto, float32, mixed_bfloat16 or mixed_float16"),
        ({"split.test": "0"}, "split shares must be above 0"),
        ({"split.protocol": "half"}, "expected closed-set or open-set"),
        ({"fit.learning_rate": "nan"}, "fit.learning_rate must be a finite number"),
        ({"fit.minutes": "-1"}, "fit.minutes must be at least 0"),
        ({"model.embedding": "1"}, "model.embedding must be at least 2"),
        ({"data.memory_mb": "-1"}, "data.memory_mb must be at least 0, got -1"),
        ({"model.bn_momentum": "1"}, "between 0 and 1"),
        ({"model.width": "0"}, "model.width must be above 0, got 0"),
        ({"loss.imitate": "2"}, "got 2 and no loss.teacher; name a finished run there"),
        ({"split.train_classes": "3"}, "trains on all classes, got split.train_classes=3"),
        ({"model.halvings": "-1"}, "model.halvings must be at least 0, got -1"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(InvalidInputError, match=message):
        TrainConfig.from_options("digits", settings=settings)


def test_no_data_named():
    with pytest.raises(InvalidInputError, match="--data SPEC"):
        TrainConfig.from_options(None)


@pytest.mark.parametrize("content", [b"[fit\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_toml(tmp_path, content):
    path = tmp_path / "t.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match="is not a TOML file"):
        TrainConfig.from_options("digits", toml=path)


def test_a_missing_file(tmp_path):
    with pytest.raises(InvalidInputError, match="cannot read the configuration"):
        TrainConfig.from_options("digits", toml=tmp_path / "none.toml")


def test_an_option_of_zero_is_a_mistake():
    with pytest.raises(InvalidInputError, match=r"fit\.epochs must be above 0, got 0"):
        TrainConfig.from_options("digits", epochs=0)
    with pytest.raises(InvalidInputError, match=r"fit\.minutes must be above 0, got 0"):
        TrainConfig.from_options("digits", minutes=0)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_the_first_word_not_the_last(preset):
    plain = TrainConfig.from_options("digits", preset=preset)
    assert plain != TrainConfig.from_options("digits")
    own = TrainConfig.from_options("digits", preset=preset, settings={"fit.learning_rate": "0.5"})
    assert own.fit.learning_rate == 0.5
    assert own.augment == plain.augment


def test_an_unknown_preset():
    with pytest.raises(InvalidInputError, match="unknown preset 'fast'; expected one of quick, "):
        TrainConfig.from_options("digits", preset="fast")


def test_minutes_lift_the_epochs_of_a_preset(tmp_path):
    by_epochs = TrainConfig.from_options("digits", preset="quick")
    by_clock = TrainConfig.from_options("digits", preset="quick", minutes=2.0)
    assert by_epochs.fit.longest == 5
    assert by_clock.fit.longest > 1000
    both = TrainConfig.from_options("digits", preset="quick", minutes=2.0, epochs=3)
    assert both.fit.longest == 3
    typed = TrainConfig.from_options("digits", preset="quick", settings={"fit.minutes": "2"})
    assert typed == by_clock
    none = TrainConfig.from_options("digits", preset="quick", settings={"fit.minutes": "0"})
    assert none == by_epochs
    (tmp_path / "mine.toml").write_text("[fit]\nminutes = 2\n")
    assert TrainConfig.from_options("digits", preset="quick", toml=tmp_path / "mine.toml") == typed
    again = {"preset": "quick", "toml": tmp_path / "mine.toml", "settings": {"fit.minutes": "0"}}
    assert TrainConfig.from_options("digits", **again) == by_epochs
    (tmp_path / "mine.toml").write_text("[fit]\nminutes = 2\nepochs = 3\n")
    assert TrainConfig.from_options("digits", preset="quick", toml=tmp_path / "mine.toml") == both


def test_a_negative_seed():
    with pytest.raises(InvalidInputError, match=r"fit\.seed must be at least 0, got -1"):
        TrainConfig.from_options("digits", settings={"fit.seed": "-1"})


MEASURED = {
    "quick": "cifar10-quick",
    "balanced": "cifar10-balanced",
    "best": "cifar10-halved-3-cosface",
}


@pytest.mark.parametrize(("preset", "recipe"), MEASURED.items())
def test_presets_are_what_was_measured(preset, recipe):
    path = Path(__file__).parents[2] / "benchmarks" / "recipes" / f"{recipe}.toml"
    measured = TrainConfig.from_options(None, toml=path, settings={"model.weights": "auto"})
    # A mirrored digit is another one, so the user says whether images may be mirrored.
    config = TrainConfig.from_options("cifar10", preset=preset, settings={"augment.flip": "true"})
    # What is measured at 32 pixels in halvings is said in cells for images of any size.
    asked = chosen_options(config.model, 32)
    assert asked == chosen_options(measured.model, 32)
    same = {"cells": 0, "halvings": measured.model.halvings}
    model = dataclasses.replace(config.model, **same)
    assert dataclasses.replace(config, model=model) == measured


def test_halvings_and_cells_of_which_the_later_one_wins():
    config = TrainConfig.from_options("digits", preset="best", settings={"model.halvings": "4"})
    assert (config.model.halvings, config.model.cells) == (4, 0)
    again = TrainConfig.from_options("digits", settings={"model.cells": "2"}, base=config)
    assert (again.model.halvings, again.model.cells) == (0, 2)
