"""Which images a bundle is measured on; parts stay apart."""

import numpy as np

from twinlet_export.ground import lay_ground


def laid(data, splits, seed=3):
    return lay_ground(data, splits, seed=seed)


def test_images_come_from_the_part_they_are_for(data, splits):
    ground = laid(data, splits)
    assert set(ground.representative.indices) <= set(splits.train)
    assert set(ground.calibration.indices) == set(splits.calibration)
    assert set(ground.test.indices) == set(splits.test)
    assert set(ground.probes.indices) <= set(splits.test)
    assert np.array_equal(ground.test.pixels[:], data.images[ground.test.indices])
    assert np.array_equal(ground.test.labels, data.labels[ground.test.indices])
    # 8 identities of 3 images: 24 * 23 / 2 - 8 * 3 = 252 non-mated comparisons.
    assert "252 non-mated comparisons among 24 images" in ground.source.protocol


def test_images_compared_with_keras_are_positions_in_the_calibration_part(data, splits):
    ground = laid(data, splits)
    compared = ground.calibration.indices[ground.parity]
    # 24 images are fewer than the limit, so all of them.
    assert np.array_equal(compared, np.sort(splits.calibration))


def test_the_seed_decides(data, splits):
    first, again, other = (laid(data, splits, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.probes.indices, again.probes.indices)
    assert not np.array_equal(first.probes.indices, other.probes.indices)
