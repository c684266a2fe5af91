import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.config import TrainConfig


def test_later_sources_win(tmp_path):
    toml = tmp_path / "t.toml"
    toml.write_text('[data]\nspec = "digits"\n[fit]\nepochs = 3\nmargin = 0.2\n')
    config = TrainConfig.from_options(
        "cifar10", toml=toml, settings={"fit.margin": "0.5", "fit.flip": "true"}, epochs=7
    )
    assert config.data.spec == "cifar10"
    assert (config.fit.epochs, config.fit.margin, config.fit.flip) == (7, 0.5, True)


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
        ({"fit.flip": "maybe"}, "type bool"),
        ({"fit.epochs": "0"}, "fit.epochs must be above 0"),
        ({"fit.recipe": "magic"}, "expected online or fixed"),
        ({"fit.schedule": "steps"}, "expected constant or cosine"),
        ({"fit.mining": "hard"}, "expected semi-hard or batch-all"),
        ({"fit.margin": "-3"}, "between 0 and 2"),
        ({"fit.margin": "2"}, "between 0 and 2"),
        ({"fit.learning_rate": "nan"}, "fit.learning_rate must be a finite number"),
        ({"fit.minutes": "-1"}, "cannot be negative"),
        ({"data.memory_mb": "-1"}, "data.memory_mb must be at least 0, got -1"),
        ({"model.embedding": "1"}, "at least 2"),
        ({"model.bn_momentum": "1"}, "between 0 and 1"),
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
