from dataclasses import replace

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data.duplicates import refuse_shared

ALL = np.arange(12)
NONE = ALL[:0]


@pytest.fixture
def copied(labelled):
    """Three classes of four images; some images become copies of others."""

    def make(*copies, **changes):
        data = labelled(3, 4)
        images = data.images.copy()
        for to, source in copies:
            images[to] = images[source]
        return replace(data, images=images, **changes)

    return make


def test_an_image_of_two_identities_is_refused_and_named(copied):
    message = (
        "1 images are there under two identities, by the digest of their pixels: image 1 as 'c0' "
        "and image 5 as 'c1'; expected an image under one: mend the labels"
    )
    with pytest.raises(InvalidInputError, match=message):
        refuse_shared(copied((5, 1)), ALL, NONE)
    places = tuple(f"c{i // 4}/{i}.png" for i in range(12))
    with pytest.raises(InvalidInputError, match=r"c0/1\.png as 'c0' and c1/5\.png as 'c1'"):
        refuse_shared(copied((5, 1), places=places), ALL, NONE)


def test_labels_of_images_that_are_not_measured_do_not_matter(copied):
    assert refuse_shared(copied((5, 1)), ALL[6:], NONE) == 0


def test_an_image_on_both_sides_of_a_split_is_refused(copied):
    data = copied((3, 1), (7, 6))
    with pytest.raises(InvalidInputError, match="2 images of the test part are in the rest"):
        refuse_shared(data, np.array([3, 6, 9]), np.array([0, 1, 2, 7]))
    assert refuse_shared(data, np.array([1, 3, 6, 7]), np.array([0, 2, 9])) == 2


def test_repeated_images_of_one_identity_are_counted(copied):
    assert refuse_shared(copied(), ALL, NONE) == 0
    assert refuse_shared(copied((1, 0), (2, 0), (5, 4)), ALL, NONE) == 3
    assert refuse_shared(copied((1, 0)), ALL[1:], NONE) == 0  # the other one is not measured
