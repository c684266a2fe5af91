"""Data of a model from elsewhere: parted by images or by identities, the same wherever asked."""

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
@pytest.mark.parametrize("with_test", [False, True])
def test_each_image_is_in_one_part(labelled, own, with_test):
    data = labelled(20, 10, with_test=with_test)
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
    data = labelled(20, 3)
    splits = IDENTITIES.parts(data)
    found = [set(data.labels[part].tolist()) for part in all_of(splits)]
    assert [len(part) for part in found] == [2, 4, 7, 7]
    assert len(set.union(*found)) == 20
    assert [len(part) for part in all_of(splits)] == [6, 12, 21, 21]
    assert "each of 20 identities in one part: 10% representative" in splits.protocol


@pytest.mark.parametrize("own", [IMAGES, IDENTITIES])
def test_a_test_part_of_its_own_tests(labelled, own):
    data = labelled(20, 10, with_test=True)
    splits = own.parts(data)
    np.testing.assert_array_equal(splits.test, np.flatnonzero(data.split == "test"))
    assert len(splits.calibration) > len(splits.validation)
    assert "test part, of 20 identities, 20 of which are in other parts too" in splits.protocol


def test_identities_of_the_test_part_alone_are_welcome(labelled):
    data = labelled(20, 10, with_test=True)
    data.split[data.labels == 3] = "test"
    assert 3 in data.labels[IMAGES.parts(data).test]
    assert "of 20 identities, 19 of which" in IMAGES.parts(data).protocol


def test_few_images_of_each_are_enough_for_other_identities(labelled):
    data = labelled(20, 2)
    with pytest.raises(InvalidInputError, match=r"'c0' has 2 images, at least 8 .* --unit ident"):
        IMAGES.parts(data)
    assert len(IDENTITIES.parts(data).calibration) == 14
    assert len(IMAGES.parts(labelled(2, 8)).calibration) == 4


def test_few_identities_are_enough_for_other_images(labelled):
    with pytest.raises(InvalidInputError, match=r"7 identities, at least 8 .* --unit image"):
        IDENTITIES.parts(labelled(7, 20))
    assert len(IDENTITIES.parts(labelled(8, 20)).test) == 40
    with_test = labelled(5, 20, with_test=True)
    with pytest.raises(InvalidInputError, match="5 identities, at least 6"):
        IDENTITIES.parts(with_test)


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


@pytest.mark.parametrize("own", [IMAGES, replace(IDENTITIES, seed=4)])
def test_the_record_tells_the_model_again(own):
    assert OwnModel.of(own.record()) == own


def test_a_run_of_twinlet_is_no_such_model():
    assert OwnModel.of({"model": {"backbone": "small"}, "split": asdict(SplitConfig())}) is None
    assert OwnModel.of({"split": asdict(SplitConfig())}) is None


def test_a_bundle_that_parted_in_another_way_is_refused():
    older = {"model": {"own": "mine.keras"}, "split": asdict(SplitConfig())}
    with pytest.raises(InvalidInputError, match=r"older twinlet.*export mine.keras again"):
        OwnModel.of(older)
