import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlet_train.comparing import compared


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 60), st.integers(0, 99))
def test_a_part_of_what_was_given(classes, count, seed):
    labels = np.array(classes)
    indices = np.flatnonzero(np.arange(len(labels)) % 3)
    got = compared(labels, indices, count, seed=seed)
    assert len(got) == min(count, len(indices))
    assert set(got.tolist()) <= set(indices.tolist())
    assert (np.diff(got) > 0).all()
    assert np.array_equal(got, compared(labels, indices, count, seed=seed))


def test_classes_get_the_same_share_while_they_last():
    labels = np.repeat([0, 1, 2], [4, 50, 50])
    got = compared(labels, np.arange(104), 40, seed=0)
    # 4 of the small class, and 18 of each of the others
    assert np.bincount(labels[got]).tolist() == [4, 18, 18]


def test_mates_stay_together_where_there_are_more_classes_than_images_wanted():
    labels = np.repeat(np.arange(100), 5)
    got = compared(labels, np.arange(500), 20, seed=0)
    assert sorted(np.bincount(labels[got])[np.unique(labels[got])].tolist()) == [2] * 10


def test_the_seed_decides_which():
    labels = np.repeat(np.arange(5), 20)
    first, other = (compared(labels, np.arange(100), 20, seed=seed).tolist() for seed in (0, 1))
    assert first != other


@pytest.mark.parametrize("count", [100, 101])
def test_all_are_taken_when_they_are_not_too_many(count):
    shuffled = np.random.default_rng(0).permutation(100)
    got = compared(np.zeros(100, dtype=int), shuffled, count, seed=0)
    assert got.tolist() == list(range(100))
