"""Data of a model from elsewhere: parted by images or by identities, the same wherever asked."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from twinlet import InvalidInputError
from twinlet_train.splits import PARTS, SplitConfig
from twinlet_train.untrained import OwnModel

IMAGES = OwnModel("mine.keras", "image")
IDENTITIES = OwnModel("mine.keras", "identity")


def all_of(splits):
    return [getattr(splits, part) for part in PARTS]


@pytest.mark.parametrize("own", [IMAGES, IDENTITIES])
def test_each_image_is_in_one_part(labelled, own):
    data = labelled(20, 10)
    splits = own.parts(data)
    together = np.concatenate(all_of(splits))
    np.testing.assert_array_equal(np.sort(together), np.arange(200))
    assert splits.unit == own.unit
    again = own.parts(data)
    for one, other in zip(all_of(splits), all_of(again), strict=True):
        np.testing.assert_array_equal(one, other)
    moved = replace(own, seed=1).parts(data)
    assert not np.array_equal(splits.calibration, moved.calibration)


def test_by_images_each_identity_is_in_every_part(labelled):
    data = labelled(5, 20)
    splits = IMAGES.parts(data)
    for part, count in zip(all_of(splits), (2, 4, 7, 7), strict=True):
        np.testing.assert_array_equal(np.bincount(data.labels[part]), [count] * 5)
    assert splits.protocol == (
        "a model from elsewhere: all 5 identities in every part, with 10% representative, 20% "
        "validation of the images of each, the rest in halves for calibration and test"
    )


def test_by_identities_each_is_in_one_part(labelled):
    data = labelled(40, 3)
    splits = IDENTITIES.parts(data)
    found = [set(data.labels[part].tolist()) for part in all_of(splits)]
    assert [len(part) for part in found] == [4, 8, 14, 14]
    assert len(set.union(*found)) == 40
    assert [len(part) for part in all_of(splits)] == [12, 24, 42, 42]
    assert "each of 40 identities in one part: 10% representative" in splits.protocol


def test_by_images_the_test_part_of_its_own_tests(labelled):
    data = labelled(20, 10, with_test=True)
    splits = IMAGES.parts(data)
    np.testing.assert_array_equal(splits.test, np.flatnonzero(data.split == "test"))
    np.testing.assert_array_equal(np.sort(np.concatenate(all_of(splits))), np.arange(200))
    assert len(splits.calibration) >= len(splits.validation)
    assert splits.protocol.endswith("the rest for calibration; test is the data's own test part")


def test_by_images_strangers_in_the_test_part_are_left_out(labelled):
    data = labelled(20, 10, with_test=True)
    data.split[data.labels == 3] = "test"
    splits = IMAGES.parts(data)
    assert 3 not in data.labels[np.concatenate(all_of(splits))]
    assert "own test part without 10 images of identities that are nowhere else" in splits.protocol
    data.split[:] = "train"
    data.split[data.labels >= 10] = "test"
    with pytest.raises(InvalidInputError, match=r"none of the identities of its test part.*--unit"):
        IMAGES.parts(data)


def test_by_identities_a_test_part_of_strangers_tests_whole(labelled):
    data = labelled(20, 3, with_test=True)
    data.split[:] = "train"
    data.split[data.labels >= 12] = "test"
    splits = IDENTITIES.parts(data)
    np.testing.assert_array_equal(splits.test, np.flatnonzero(data.labels >= 12))
    np.testing.assert_array_equal(np.sort(np.concatenate(all_of(splits))), np.arange(60))
    assert "the rest for calibration; test is of the data's own test part, 8 of" in splits.protocol


@pytest.mark.parametrize("strangers", [0, 4])
def test_by_identities_those_of_both_parts_are_in_one_only(labelled, strangers):
    data = labelled(40, 10, with_test=True)
    data.split[data.labels < strangers] = "test"
    splits = IDENTITIES.parts(data)
    found = [set(data.labels[part].tolist()) for part in all_of(splits)]
    assert sum(len(part) for part in found) == len(set.union(*found)) == 40
    assert set(range(strangers)) <= found[-1]
    assert set(data.split[splits.test]) == {"test"}
    assert "test" not in data.split[np.concatenate(all_of(splits)[:3])]
    left_out = 400 - sum(map(len, all_of(splits)))
    assert left_out > 0
    assert f"{left_out} images of identities of both parts are left out" in splits.protocol


def test_few_images_of_each_are_enough_for_other_identities(labelled):
    data = labelled(20, 2)
    with pytest.raises(InvalidInputError, match=r"'c0' has 2 images, at least 8 .* --unit ident"):
        IMAGES.parts(data)
    assert len(np.unique(data.labels[IDENTITIES.parts(data).calibration])) == 10
    assert len(IMAGES.parts(labelled(2, 8)).calibration) == 4


def test_the_images_outside_the_test_part_are_counted(labelled):
    data = labelled(5, 8, with_test=True)
    data.split[:] = "train"
    data.split[::8] = "test"
    data.split[data.labels == 2] = "test"
    data.split[[16, 17, 18]] = "train"
    with pytest.raises(InvalidInputError) as refusal:
        IMAGES.parts(data)
    assert "'c2' has 3 images outside the test part, at least 6 are needed" in str(refusal.value)


@pytest.mark.parametrize(("count", "calibrating"), [(17, 10), (18, 10), (30, 11), (100, 35)])
def test_enough_identities_calibrate(labelled, count, calibrating):
    data = labelled(count, 2)
    splits = IDENTITIES.parts(data)
    assert len(np.unique(data.labels[splits.calibration])) == calibrating
    assert len(np.unique(data.labels[splits.test])) >= 2


def test_few_identities_are_enough_for_other_images(labelled):
    with pytest.raises(InvalidInputError, match=r"7 identities are too few .* --unit image"):
        IDENTITIES.parts(labelled(7, 20))
    assert len(IDENTITIES.parts(labelled(8, 20)).test) == 40


def test_no_unit_is_offered_that_the_data_does_not_allow(labelled):
    data = labelled(5, 4)
    for own, other in ((IMAGES, "--unit identity"), (IDENTITIES, "--unit image")):
        with pytest.raises(InvalidInputError) as refusal:
            own.parts(data)
        assert other not in str(refusal.value)


@pytest.mark.parametrize("own", [IMAGES, IDENTITIES])
def test_nothing_but_a_test_part_is_refused(labelled, own):
    data = labelled(20, 10, with_test=True)
    data.split[:] = "test"
    with pytest.raises(InvalidInputError, match="all 200 images are in its test part"):
        own.parts(data)


def test_an_image_in_two_parts_is_refused(labelled):
    data = labelled(20, 10)
    splits = IMAGES.parts(data)
    tested = splits.test[0]
    fits = splits.calibration[data.labels[splits.calibration] == data.labels[tested]][0]
    images = np.array(data.images)
    images[fits] = images[tested]
    with pytest.raises(InvalidInputError, match="1 images are copies, pixel for pixel"):
        IMAGES.parts(replace(data, images=images))


@pytest.mark.parametrize("own", [IMAGES, replace(IDENTITIES, seed=4, pixels=(-1.0, 1.0))])
def test_the_record_tells_the_model_again(own):
    assert OwnModel.of(json.loads(json.dumps(own.record()))) == own


def test_a_run_of_twinlet_is_no_such_model():
    assert OwnModel.of({"model": {"backbone": "small"}, "split": asdict(SplitConfig())}) is None
    assert OwnModel.of({"split": asdict(SplitConfig())}) is None


def test_a_bundle_that_parted_in_another_way_is_refused():
    older = {"model": {"own": "mine.keras"}, "split": asdict(SplitConfig())}
    with pytest.raises(InvalidInputError, match=r"older twinlet.*export mine.keras again"):
        OwnModel.of(older)
