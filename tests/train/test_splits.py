import dataclasses
import itertools

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.splits import CLOSED_SET, OPEN_SET, SplitConfig, check_heeded, make_splits

PARTS = ("train", "validation", "calibration", "test")


def parts(splits):
    return {name: getattr(splits, name) for name in PARTS}


def disjoint(splits):
    sets = [set(part.tolist()) for part in parts(splits).values()]
    return all(not (a & b) for a, b in itertools.combinations(sets, 2))


@pytest.mark.parametrize("with_test", [False, True])
@pytest.mark.parametrize("protocol", [CLOSED_SET, OPEN_SET])
@pytest.mark.parametrize("classes", [5, 10])
def test_no_image_is_in_two_parts(labelled, protocol, with_test, classes):
    data = labelled(classes, 20, with_test=with_test)
    splits = make_splits(data, SplitConfig(protocol=protocol))
    assert disjoint(splits)
    assert all(len(part) for part in parts(splits).values())


def test_closed_set_takes_its_share_of_each_class(labelled):
    splits = make_splits(labelled(4, 20), SplitConfig(test=0.2, calibration=0.25, validation=0.25))
    # of 20: 4 test; of the 16 left 4 calibrate; of the 12 left 3 validate; 9 train
    labels = labelled(4, 20).labels
    for part, each in (("test", 4), ("calibration", 4), ("validation", 3), ("train", 9)):
        assert np.bincount(labels[getattr(splits, part)]).tolist() == [each] * 4


def test_closed_set_keeps_the_test_part_of_the_data(labelled):
    data = labelled(3, 20, with_test=True)
    splits = make_splits(data, SplitConfig())
    assert splits.test.tolist() == np.flatnonzero(data.split == "test").tolist()


def test_same_seed_same_split(labelled):
    data = labelled()
    first, again = (make_splits(data, SplitConfig(seed=5)) for _ in range(2))
    other = make_splits(data, SplitConfig(seed=6))
    assert first.train.tolist() == again.train.tolist()
    assert first.train.tolist() != other.train.tolist()


def test_open_set_keeps_identities_apart(labelled):
    data = labelled(10, 20)
    splits = make_splits(data, SplitConfig(protocol=OPEN_SET))
    seen = {name: set(data.labels[part].tolist()) for name, part in parts(splits).items()}
    assert len(seen["train"]) == 6
    assert seen["validation"] == seen["train"]
    assert not seen["train"] & (seen["calibration"] | seen["test"])
    assert not seen["calibration"] & seen["test"]
    assert (len(seen["calibration"]), len(seen["test"])) == (2, 2)
    assert "identities disjoint" in splits.protocol
    # Each class of its own is in one part with all its images.
    assert sum(len(part) for part in parts(splits).values()) == 200


def test_open_set_with_three_unseen_classes_says_that_they_are_shared(labelled):
    data = labelled(10, 20)
    splits = make_splits(data, SplitConfig(protocol=OPEN_SET, train_classes=7))
    seen = {name: set(data.labels[part].tolist()) for name, part in parts(splits).items()}
    assert seen["calibration"] == seen["test"]
    assert not seen["train"] & seen["test"]
    assert len(seen["test"]) == 3
    assert "calibration and test share them, with different images" in splits.protocol
    assert disjoint(splits)
    assert sum(len(part) for part in parts(splits).values()) == 200


def alone(data, *, train=(), test=()):
    """Keep classes in one part of the data's own only."""
    data.split[np.isin(data.labels, train)] = "train"
    data.split[np.isin(data.labels, test)] = "test"
    return data


@pytest.mark.parametrize("seed", range(5))
def test_open_set_of_data_whose_test_part_has_identities_of_its_own(labelled, seed):
    data = alone(labelled(20, 20, with_test=True), train=range(12), test=range(12, 20))
    splits = make_splits(data, SplitConfig(protocol=OPEN_SET, seed=seed))
    seen = {name: set(data.labels[part].tolist()) for name, part in parts(splits).items()}
    assert (len(seen["train"]), len(seen["calibration"])) == (7, 5)
    assert seen["train"] | seen["calibration"] == set(range(12))
    assert seen["test"] == set(range(12, 20))
    # The protocol names who is there, and no one else.
    trained, calibrated, tested = splits.protocol.split(" on ")[1:4]
    for part, named in (("train", trained), ("calibration", calibrated), ("test", tested)):
        assert named.partition(";")[0] == ", ".join(data.class_names[i] for i in sorted(seen[part]))


def test_open_set_where_some_identities_are_in_one_part_of_the_data_only(labelled):
    data = alone(labelled(20, 20, with_test=True), train=range(3), test=range(3, 6))
    for seed in range(5):
        splits = make_splits(data, SplitConfig(protocol=OPEN_SET, seed=seed))
        seen = {name: set(data.labels[part].tolist()) for name, part in parts(splits).items()}
        assert len(seen["train"]) == 10
        assert {3, 4, 5} <= seen["test"]
        assert not {0, 1, 2} & seen["test"]
        assert disjoint(splits)
        assert not seen["calibration"] & seen["test"]


def test_open_set_without_enough_identities_outside_the_test_part(labelled):
    data = alone(labelled(8, 20, with_test=True), train=[0], test=range(1, 8))
    with pytest.raises(InvalidInputError, match=r"8 classes, 1 outside the test part, of which 1"):
        make_splits(data, SplitConfig(protocol=OPEN_SET))
    data = alone(labelled(8, 20, with_test=True), train=[0, 1], test=range(2, 8))
    with pytest.raises(InvalidInputError, match=r"got 0 and 6, where 2 of 8 train; lower split"):
        make_splits(data, SplitConfig(protocol=OPEN_SET, train_classes=2))


@pytest.mark.parametrize("seed", range(8))
def test_open_set_with_few_unseen_classes_of_which_one_is_not_tested(labelled, seed):
    data = alone(labelled(10, 20, with_test=True), train=[4])
    splits = make_splits(data, SplitConfig(protocol=OPEN_SET, train_classes=7, seed=seed))
    seen = {name: set(data.labels[part].tolist()) for name, part in parts(splits).items()}
    assert len(seen["calibration"]) == 3
    assert seen["test"] == seen["calibration"] - {4}
    assert disjoint(splits)


@pytest.mark.parametrize(
    ("with_test", "config", "message"),
    [
        (True, SplitConfig(test=0.3), r"test part of their own, got split\.test=0\.3"),
        (True, SplitConfig(protocol=OPEN_SET, test=0.3), r"test part of their own"),
        (False, SplitConfig(protocol=OPEN_SET, test=0.3), r"all of their images, got split\.test"),
        (False, SplitConfig(protocol=OPEN_SET, calibration=0.3), r"got split\.calibration=0\.3"),
    ],
)
def test_shares_that_nothing_heeds(labelled, with_test, config, message):
    data = labelled(10, 20, with_test=with_test)
    splits = make_splits(data, config)  # as a run of before had it
    with pytest.raises(InvalidInputError, match=message):
        check_heeded(data, config, splits)


@pytest.mark.parametrize(
    "config",
    [
        SplitConfig(),
        SplitConfig(test=0.3, calibration=0.3),
        SplitConfig(protocol=OPEN_SET),
        SplitConfig(protocol=OPEN_SET, train_classes=7, test=0.3),
    ],
)
def test_shares_that_are_heeded(labelled, config):
    data = labelled(10, 20)
    check_heeded(data, config, make_splits(data, config))


@pytest.mark.parametrize(
    ("classes", "each", "config", "message"),
    [
        (3, 20, SplitConfig(protocol=OPEN_SET), "at least 2 classes to train and 2 unseen"),
        (10, 20, SplitConfig(protocol=OPEN_SET, train_classes=9), "of which 9 train"),
        (3, 4, SplitConfig(), "class 'c0' has too few images"),
        (3, 20, SplitConfig(protocol="half"), "expected closed-set or open-set"),
        (3, 20, SplitConfig(test=0.0), "must be above 0"),
        (3, 20, SplitConfig(calibration=0.9), "leave images to train on"),
    ],
)
def test_what_cannot_be_split_is_refused(labelled, classes, each, config, message):
    with pytest.raises(InvalidInputError, match=message):
        make_splits(labelled(classes, each), config)


def test_every_part_has_something_to_compare(labelled):
    splits = make_splits(labelled(3, 8), SplitConfig())
    for name, part in parts(splits).items():
        assert np.bincount(labelled(3, 8).labels[part]).tolist() == [2, 2, 2], name
    with pytest.raises(InvalidInputError, match=r"too few images.*at least 8 images"):
        make_splits(labelled(3, 7), SplitConfig())


@pytest.mark.parametrize("kept", ["one class", "one image a class"])
def test_a_test_part_that_compares_nothing_is_refused_before_training(labelled, kept):
    data = labelled(3, 20, with_test=True)
    test = np.flatnonzero(data.split == "test")
    stay = data.labels[test] == 0 if kept == "one class" else np.arange(len(test)) % 5 == 0
    data.split[test[~stay]] = "train"
    with pytest.raises(InvalidInputError, match=r"the test part has .*data's own test part"):
        make_splits(data, SplitConfig())


def test_a_negative_seed():
    with pytest.raises(InvalidInputError, match=r"split\.seed must be at least 0, got -1"):
        SplitConfig(seed=-1).check()


def with_copies(data, *pairs):
    images = np.array(data.images[:])
    for original, copy in pairs:
        images[copy] = images[original]
    return dataclasses.replace(data, images=images)


def test_copies_are_found_whatever_lies_between(labelled):
    data = labelled(3, 20)
    expected = np.arange(60)
    assert data.originals.tolist() == expected.tolist()
    expected[[31, 59]] = 4
    assert with_copies(data, (4, 31), (4, 59)).originals.tolist() == expected.tolist()


def test_copies_of_an_image_in_two_parts_are_refused(labelled):
    data = labelled(3, 20)
    splits = make_splits(data, SplitConfig())
    train, test = (int(part[data.labels[part] == 1][0]) for part in (splits.train, splits.test))
    with pytest.raises(InvalidInputError) as refusal:
        make_splits(with_copies(data, (train, test)), SplitConfig())
    said = str(refusal.value)
    assert "1 images are copies, pixel for pixel, of images in another part" in said
    assert f"image {train} ({data.class_names[data.labels[train]]}, train part)" in said
    assert f"image {test} ({data.class_names[data.labels[test]]}, test part)" in said


@pytest.mark.parametrize("protocol", [CLOSED_SET, OPEN_SET])
def test_an_image_in_two_classes_is_refused_wherever_it_lies(labelled, protocol):
    data = labelled(5, 20)
    with pytest.raises(InvalidInputError) as refusal:
        make_splits(with_copies(data, (3, 25)), SplitConfig(protocol=protocol))
    said = str(refusal.value)
    assert "1 images are in two classes, pixel for pixel the same" in said
    assert "image 3 (c0) and image 25 (c1), counted from 0; remove the wrong one" in said


def test_nothing_but_a_test_part_is_refused(labelled):
    data = labelled(5, 20, with_test=True)
    data.split[:] = "test"
    for protocol in (CLOSED_SET, OPEN_SET):
        with pytest.raises(InvalidInputError, match="all 100 images are in its test part"):
            make_splits(data, SplitConfig(protocol=protocol))


def test_a_class_that_only_the_test_part_has_is_refused(labelled):
    data = labelled(5, 20, with_test=True)
    data.split[data.labels == 3] = "test"
    with pytest.raises(InvalidInputError, match=r"1 of 5 classes are in the test part only.*'c3'"):
        make_splits(data, SplitConfig())


def test_a_class_that_the_test_part_lacks_is_told(labelled):
    data = labelled(5, 20, with_test=True)
    data.split[data.labels == 3] = "train"
    assert "own test part, which has 4 of them;" in make_splits(data, SplitConfig()).protocol


def test_copies_in_one_part_stay(labelled):
    data = labelled(3, 20)
    first, second = make_splits(data, SplitConfig()).train[:2]
    assert data.labels[first] == data.labels[second]
    assert make_splits(with_copies(data, (first, second)), SplitConfig())
