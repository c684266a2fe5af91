"""What a bundle is tested on; `commands/test_evaluate.py` tries the rest through the command."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from twinlet import InvalidInputError
from twinlet.bundle import Bundle
from twinlet_train.config import TrainConfig
from twinlet_train.data import open_data
from twinlet_train.splits import make_splits
from twinlet_train.unseen import unseen

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


def test_other_data_is_taken_whole(folder, manifest):
    chosen = unseen(str(folder(3, 4)), manifest)
    assert (len(chosen.images), chosen.images.shape[1:]) == (12, (8, 8, 1))
    assert chosen.protocol == "all images of the data"


def test_data_of_another_shape_is_refused(folder, manifest):
    tall = replace(manifest, input=replace(manifest.input, height=9))
    with pytest.raises(InvalidInputError, match="this bundle takes 9x8, and"):
        unseen(str(folder(3, 4)), tall)
