import numpy as np
import pytest

from twinlet_train.datasets import BalancedData, PairData, TripletData, samples_of
from twinlet_train.settings import AugmentConfig, FitConfig


def test_triplet_data_goes_once_through_all_triplets():
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
    triplets = np.array([[0, 1, 5], [2, 3, 6], [4, 0, 7], [1, 2, 8], [3, 4, 9]])
    data = TripletData(images, triplets, batch=2, seed=0)
    assert len(data) == 3
    seen = []
    for i in range(3):
        inputs, target = data[i]
        rows = np.stack([inputs[n].ravel() for n in ("anchor", "positive", "negative")], axis=1)
        assert len(target) == len(rows)
        seen += rows.tolist()
    assert sorted(seen) == sorted(triplets.tolist())


def test_order_depends_on_seed_and_epoch_alone(pixels):
    images, labels = pixels(3, 10), np.repeat(np.arange(3), 10)
    fit = FitConfig(classes_per_batch=3, samples_per_class=4, seed=2)
    augment = AugmentConfig(flip=True, shift=1)
    first, again = (BalancedData(images, labels, fit, augment) for _ in range(2))
    again.start(4)
    again.start(0)
    for i in range(len(first)):
        for a, b in zip(first[i], again[i], strict=True):
            assert np.array_equal(a, b)
    again.start(1)
    assert not np.array_equal(first[0][0], again[0][0])


def test_more_classes_a_batch_than_there_are_is_cut(pixels):
    fit = FitConfig(classes_per_batch=10, samples_per_class=4)
    data = BalancedData(pixels(3, 10), np.repeat(np.arange(3), 10), fit, AugmentConfig())
    assert data.order.shape == (2, 12)


def test_pairs_are_the_triplets_taken_apart():
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
    pairs = PairData(images, np.array([[0, 1, 5], [2, 3, 6]]), batch=2, seed=0)
    inputs, mated = pairs[0]
    rows = [*zip(*(inputs[name].ravel().tolist() for name in ("first", "second")), strict=True)]
    assert mated.tolist() == [1.0, 1.0, 0.0, 0.0]
    assert sorted(rows[:2]) == [(0, 1), (2, 3)]
    assert sorted(rows[2:]) == [(0, 5), (2, 6)]


@pytest.mark.parametrize(
    ("each", "wanted", "taken", "said"),
    [
        ((10, 10), 4, 4, []),
        ((5, 5), 12, 5, ["a batch takes 5 of each class, not 12"]),
        ((9, 3), 12, 9, ["a batch takes 9", "1 classes have fewer than the 9"]),
    ],
)
def test_a_batch_takes_no_more_of_a_class_than_there_is(caplog, each, wanted, taken, said):
    caplog.set_level("INFO", "twinlet")
    assert samples_of(np.array(each), wanted) == taken
    assert len(caplog.messages) == len(said)
    assert all(text in message for text, message in zip(said, caplog.messages, strict=True))
