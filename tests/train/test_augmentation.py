import numpy as np
import pytest

from twinlet_train.augmentation import augmented
from twinlet_train.settings import AugmentConfig


def test_nothing_asked_nothing_done():
    images = np.zeros((2, 3, 3, 1), np.uint8)
    assert augmented(images, AugmentConfig(), np.random.default_rng(0)) is images


def test_flip_mirrors_some_and_leaves_the_rest():
    images = np.arange(40 * 2 * 3, dtype=np.uint8).reshape(40, 2, 3, 1)
    kept = images.copy()
    got = augmented(images, AugmentConfig(flip=True), np.random.default_rng(0))
    same = [np.array_equal(a, b) for a, b in zip(got, images, strict=True)]
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(got, images, strict=True)]
    assert all(s != m for s, m in zip(same, mirrored, strict=True))
    assert 5 < sum(mirrored) < 35
    assert np.array_equal(images, kept)  # the data set itself is not touched


def test_shift_moves_and_repeats_the_edge():
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)
    padded = np.pad(image[0, ..., 0], 1, mode="edge")
    possible = [padded[i : i + 3, j : j + 3].tolist() for i in range(3) for j in range(3)]
    got = augmented(np.repeat(image, 50, axis=0), AugmentConfig(shift=1), np.random.default_rng(0))
    seen = {str(one[..., 0].tolist()) for one in got}
    assert seen <= {str(p) for p in possible}
    assert len(seen) == 9


def test_light_changes_contrast_and_brightness_within_bounds():
    images = np.tile(np.array([64, 128, 192], np.uint8).reshape(1, 1, 3, 1), (200, 1, 1, 1))
    got = augmented(images, AugmentConfig(light=0.25), np.random.default_rng(0)).astype(int)
    dark, middle, bright = got[:, 0, :, 0].T
    # contrast 0.75..1.25 times 128 between the outer two; brightness 128 +- 32 in the middle
    assert 96 <= (bright - dark).min() < 105
    assert 151 < (bright - dark).max() <= 160
    assert 96 <= middle.min() < 105
    assert 151 < middle.max() <= 160


def test_light_stays_within_a_byte():
    images = np.array([0, 255], np.uint8).reshape(1, 1, 2, 1).repeat(100, axis=0)
    got = augmented(images, AugmentConfig(light=0.9), np.random.default_rng(0))
    assert (got[:, 0, 0, 0] <= got[:, 0, 1, 0]).all()  # nothing wrapped around


@pytest.mark.parametrize("side", [1, 2, 3])
def test_erase_covers_one_square_with_grey(side):
    images = np.zeros((60, 5, 6, 3), np.uint8)
    got = augmented(images, AugmentConfig(erase=side), np.random.default_rng(0))
    sizes = set()
    for image in got:
        rows, columns = np.nonzero(image[..., 0] == 128)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == height * width  # a full rectangle
        assert (image[rows, columns] == 128).all()
        sizes.add((int(height), int(width)))
    assert max(sizes) == (side, side)
    assert images.sum() == 0  # the data set itself is not touched


def test_same_choices_for_the_same_seed():
    images = np.random.default_rng(1).integers(0, 256, (8, 6, 6, 3)).astype(np.uint8)
    every = AugmentConfig(flip=True, shift=2, erase=2, light=0.3)
    first, again, other = (augmented(images, every, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
