"""What a bundle is tested on; `commands/test_evaluate.py` tries the rest through the command."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from twinlet import InvalidInputError
from twinlet.bundle import Bundle
from twinlet_train.config import TrainConfig
from twinlet_train.data import open_data
from twinlet_train.data.sketch import Sketch
from twinlet_train.splits import make_splits
from twinlet_train.unseen import unseen
from twinlet_train.untrained import OwnModel

TINY = Path(__file__).parents[1] / "data" / "tiny.twin"


@pytest.fixture
def manifest():
    return Bundle.open(TINY).manifest


def test_of_its_own_data_a_bundle_is_tested_on_the_test_split_alone(folder, manifest):
    root = str(folder(4, 20))
    data = open_data(root, size=8, channels=1)
    config = TrainConfig()
    own = {"data_fingerprint": data.fingerprint, "config": asdict(config)}
    chosen = unseen(root, replace(manifest, provenance=own))
    test = np.sort(make_splits(data, config.split).test)
    assert 0 < len(test) < 80
    np.testing.assert_array_equal(chosen.images[:], data.images[test])
    np.testing.assert_array_equal(chosen.labels, data.labels[test])
    assert chosen.protocol.startswith("the bundle's own data: its test split alone")


@pytest.mark.parametrize("unit", ["image", "identity"])
def test_a_model_from_elsewhere_was_not_trained_on_its_data(folder, manifest, unit):
    root = str(folder(20, 8))
    data = open_data(root, size=8, channels=1)
    own = OwnModel("mine.keras", unit, seed=2)
    record = {"data_fingerprint": data.fingerprint, "config": own.record()}
    chosen = unseen(root, replace(manifest, provenance=record))
    np.testing.assert_array_equal(chosen.images[:], data.images[own.parts(data).test])
    assert chosen.unit == unit
    assert chosen.protocol == "the bundle's own data: its test split alone, the rest calibrated it"


def test_other_data_is_taken_whole(folder, manifest):
    chosen = unseen(str(folder(3, 4)), manifest)
    assert (len(chosen.images), chosen.images.shape[1:]) == (12, (8, 8, 1))
    assert chosen.protocol == "all images of the data"


def test_data_of_another_shape_is_refused(folder, manifest):
    tall = replace(manifest, input=replace(manifest.input, height=9))
    with pytest.raises(InvalidInputError, match="this bundle takes 9x8, and"):
        unseen(str(folder(3, 4)), tall)


def seen_by(manifest, digests):
    record = {**manifest.provenance, "seen": Sketch.of(digests).to_json()}
    return replace(manifest, provenance=record)


def test_images_that_made_the_bundle_are_refused_in_whatever_data(folder, manifest):
    root = str(folder(3, 4))
    data = open_data(root, size=8, channels=1)
    with pytest.raises(InvalidInputError, match=r"holds about 100.00% of the 5 images that the b"):
        unseen(root, seen_by(manifest, data.digests[3:8]))
    strangers = np.random.default_rng(5).integers(0, 256, (20, 16), dtype=np.uint8)
    assert unseen(root, seen_by(manifest, strangers)).unit == "identity"


def test_in_the_part_that_is_not_measured_they_tell_that_the_identities_are_known(folder, manifest):
    folder(3, 5, part="train", seed=1)
    root = str(folder(3, 4, part="test", seed=2))
    data = open_data(root, size=8, channels=1)
    train = data.split == "train"
    assert unseen(root, seen_by(manifest, data.digests[train])).unit == "image"
    with pytest.raises(InvalidInputError, match="mark the others as the test part"):
        unseen(root, seen_by(manifest, data.digests[~train]))
