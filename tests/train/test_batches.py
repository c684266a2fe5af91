import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlet.errors import InvalidInputError
from twinlet_train.batches import balanced_batches, fixed_triplets


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(2, 9), min_size=2, max_size=6), st.integers(0, 1000))
def test_triplets_are_what_they_are_called(sizes, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    anchor, positive, negative = fixed_triplets(labels, 50, seed=seed).T
    assert (labels[anchor] == labels[positive]).all()
    assert (anchor != positive).all()
    assert (labels[anchor] != labels[negative]).all()


def test_a_lone_image_is_never_an_anchor_but_may_be_a_negative():
    labels = np.array([0, 0, 0, 7])
    anchor, positive, negative = fixed_triplets(labels, 200, seed=0).T
    assert set(anchor.tolist()) == set(positive.tolist()) == {0, 1, 2}
    assert set(negative.tolist()) == {3}


def test_every_positive_is_drawn_about_equally_often():
    labels = np.repeat([0, 1], 4)
    anchor, positive, _ = fixed_triplets(labels, 12_000, seed=1).T
    pairs = {}
    for pair in zip(anchor.tolist(), positive.tolist(), strict=True):
        pairs[pair] = pairs.get(pair, 0) + 1
    assert len(pairs) == 2 * 4 * 3  # every ordered mated pair
    # 12,000 / 24 = 500 each, standard deviation 22: five of them on either side
    assert all(390 < count < 610 for count in pairs.values())


def test_batches_hold_p_classes_of_k_samples():
    labels = np.repeat(np.arange(6), 10)
    batches = balanced_batches(labels, 3, 5, rng=np.random.default_rng(0))
    assert batches.shape == (4, 15)
    for batch in batches:
        names, counts = np.unique(labels[batch], return_counts=True)
        assert len(names) == 3
        assert counts.tolist() == [5, 5, 5]


def test_an_epoch_of_all_classes_shows_every_image_once():
    labels = np.repeat(np.arange(3), 8)
    batches = balanced_batches(labels, 3, 4, rng=np.random.default_rng(0))
    assert sorted(batches.ravel().tolist()) == list(range(24))


def test_a_class_smaller_than_k_is_repeated():
    labels = np.array([0, 0, 1, 1, 1, 1])
    batch = balanced_batches(labels, 2, 4, rng=np.random.default_rng(0))[0]
    assert np.bincount(labels[batch]).tolist() == [4, 4]


@pytest.mark.parametrize(("classes", "samples"), [(5, 4), (1, 4), (2, 1)])
def test_a_batch_that_cannot_be_is_refused(classes, samples):
    with pytest.raises(InvalidInputError, match="at least 2 classes of 3"):
        balanced_batches(np.repeat(np.arange(3), 5), classes, samples, rng=np.random.default_rng(0))
