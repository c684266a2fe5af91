from types import SimpleNamespace

import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train import recipes
from twinlet_train.config import TrainConfig
from twinlet_train.recipes import prepare
from twinlet_train.splits import make_splits
from twinlet_train.twin import build_twin


@pytest.fixture
def prepared(labelled):
    """Prepare the recipe of some settings."""

    def make(**settings):
        names = {key.replace("__", "."): value for key, value in settings.items()}
        given = {"model.backbone": "tiny", "model.embedding": "4", **names}
        config = TrainConfig.from_options("digits", settings=given)
        data = labelled(3, 8)
        twin = build_twin(config.model, data.contract, seed=0)
        return prepare(config, twin, data, make_splits(data, config.split))

    return make


def test_what_decides_by_itself(prepared):
    assert prepared().monitor == "val_auc"
    fixed = prepared(fit__recipe="fixed", fit__triplets="8")
    assert (fixed.monitor, fixed.rising) == ("val_loss", False)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("augment.flip", "true"),
        ("augment.shift", "2"),
        ("loss.scale", "3"),
        ("loss.soft", "true"),
        ("loss.mining", "batch-hard"),
        ("loss.teacher", "runs/x"),
        ("fit.start_size", "4"),
        ("fit.samples_per_class", "4"),
    ],
)
def test_fixed_triplets_refuse_what_they_do_not_use(prepared, setting, value):
    with pytest.raises(InvalidInputError, match=f"fit.recipe=fixed takes no {setting}"):
        prepared(**{setting: value, "fit.recipe": "fixed"})


@pytest.mark.parametrize(("setting", "value"), [("fit.triplets", "10"), ("fit.batch", "8")])
def test_online_refuses_what_it_does_not_use(prepared, setting, value):
    with pytest.raises(InvalidInputError, match=f"fit.recipe=online takes no {setting}"):
        prepared(**{setting: value})


@pytest.mark.parametrize("setting", ["augment.shift", "augment.erase", "fit.start_size"])
def test_sizes_that_images_cannot_have(prepared, setting):
    with pytest.raises(InvalidInputError, match=f"{setting} must be below the 8 pixels .*got 8"):
        prepared(**{setting: "8"})


def test_a_batch_of_too_many_triplets(prepared, monkeypatch):
    monkeypatch.setattr(recipes, "MOST_TRIPLETS", 100)
    for mining in ("", "batch-all", "semi-hard", "distance-weighted"):
        with pytest.raises(InvalidInputError, match=r"2\.2e\+02 of 6 images, at most 1e\+02"):
            prepared(**{"loss.mining": mining})
    assert prepared(**{"loss.mining": "batch-hard"})
    assert prepared(**{"loss.name": "multi-similarity"})


def test_fixed_refuses_other_losses_and_margins_beyond_the_distance(prepared):
    with pytest.raises(InvalidInputError, match=r"takes loss\.name triplet or contrastive"):
        prepared(fit__recipe="fixed", loss__name="cosface")
    with pytest.raises(InvalidInputError, match="margin must lie between 0 and 2"):
        prepared(fit__recipe="fixed", loss__name="contrastive", loss__margin="5")


def test_a_first_size_below_what_the_network_takes(prepared):
    with pytest.raises(InvalidInputError, match=r"fit.start_size must be 0 or at least 8.*got 4"):
        prepared(fit__start_size="4")


def test_vectors_are_not_mirrored():
    config = TrainConfig.from_options("digits", settings={"augment.flip": "true"})
    vectors = SimpleNamespace(contract=InputContract(1, 16, 1), images=np.zeros((4, 1, 16, 1)))
    with pytest.raises(InvalidInputError, match=r"augment\.flip mirrors .*got vectors"):
        recipes._check_sizes(config, vectors)
