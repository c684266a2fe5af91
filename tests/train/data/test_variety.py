import dataclasses
import logging

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data.variety import check_variety


def test_images_of_one_colour_are_counted_and_told(labelled, caplog):
    data = labelled(3, 4)
    images = data.images.copy()
    images[[2, 5]] = 77
    with caplog.at_level(logging.WARNING, "twinlet"):
        assert check_variety(dataclasses.replace(data, images=images)) == 2
    assert "2 images are of a single colour" in caplog.text


def test_one_colour_of_three_channels(labelled):
    data = labelled(2, 4)
    images = np.zeros((8, 8, 8, 3), np.uint8) + np.array([10, 20, 30], np.uint8)
    images[0, 0, 0] = 255
    assert check_variety(dataclasses.replace(data, images=images)) == 7


def test_nothing_but_plain_images_is_refused(labelled):
    data = labelled(2, 4)
    images = np.full_like(data.images, 90)
    with pytest.raises(InvalidInputError, match="each of the 8 images is of a single colour"):
        check_variety(dataclasses.replace(data, images=images))


def test_pictures_pass_without_a_word(labelled, caplog):
    assert check_variety(labelled(3, 4)) == 0
    assert not caplog.text
