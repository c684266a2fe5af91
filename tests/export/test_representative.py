"""Representative images: of the training split, every class alike, reproducible."""

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.representative import representative

LABELS = np.array([0] * 50 + [1] * 50 + [2] * 4)
TRAIN = np.arange(0, 104, 2)  # 25 of class 0, 25 of class 1, 2 of class 2


def test_classes_take_turns_while_they_last():
    chosen = representative(LABELS, TRAIN, count=12, seed=0)
    # Two rounds of three, then class 2 is used up: 2 + 3, 2 + 3 and 2.
    assert np.bincount(LABELS[chosen]).tolist() == [5, 5, 2]


def test_only_training_images_rising_and_without_repetition():
    chosen = representative(LABELS, TRAIN, count=20, seed=0)
    assert set(chosen.tolist()) <= set(TRAIN.tolist())
    assert np.all(np.diff(chosen) > 0)


def test_all_of_them_when_there_are_fewer():
    assert np.array_equal(representative(LABELS, TRAIN, count=500, seed=0), TRAIN)


def test_the_seed_decides():
    first = representative(LABELS, TRAIN, count=10, seed=0)
    assert np.array_equal(first, representative(LABELS, TRAIN, count=10, seed=0))
    assert not np.array_equal(first, representative(LABELS, TRAIN, count=10, seed=1))


@pytest.mark.parametrize(("train", "count"), [(np.array([], dtype=int), 10), (TRAIN, 0)])
def test_nothing_to_draw(train, count):
    with pytest.raises(InvalidInputError, match="both must be at least 1"):
        representative(LABELS, train, count=count, seed=0)
