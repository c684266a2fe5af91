"""Which images and targets a bundle is measured on; parts stay apart."""

from types import SimpleNamespace

import numpy as np
import pytest

from twinlet.errors import CalibrationError, InvalidInputError
from twinlet_export.ground import lay_ground


def laid(data, splits, **options):
    return lay_ground(data, splits, **{"fmrs": None, "seed": 3, **options})


def test_images_come_from_the_part_they_are_for(data, splits):
    ground = laid(data, splits)
    assert set(ground.representative.indices) <= set(splits.train)
    assert set(ground.calibration.indices) == set(splits.calibration)
    assert set(ground.test.indices) == set(splits.test)
    assert set(ground.probes.indices) <= set(splits.test)
    assert np.array_equal(ground.test.pixels[:], data.images[ground.test.indices])
    assert np.array_equal(ground.test.labels, data.labels[ground.test.indices])


def test_images_compared_with_keras_are_positions_in_the_calibration_part(data, splits):
    ground = laid(data, splits)
    compared = ground.calibration.indices[ground.parity]
    # 24 images are fewer than the limit, so all of them.
    assert np.array_equal(compared, np.sort(splits.calibration))


def test_usual_targets_are_kept_as_far_as_supported(data, splits):
    # 8 identities of 3 images: 24 * 23 / 2 - 8 * 3 = 252 non-mated comparisons. FMR 0.1 needs
    # 29, 0.01 needs 299, 0.001 needs 2995.
    ground = laid(data, splits)
    assert ground.targets == (0.1,)
    assert set(ground.refused) == {"0.01", "0.001"}
    assert "at least 299 independent" in ground.refused["0.01"]
    assert "(47 missing)" in ground.refused["0.01"]
    assert "252 non-mated comparisons among 24 images" in ground.source.protocol


def test_a_target_that_was_asked_for_is_never_dropped(data, splits):
    assert laid(data, splits, fmrs=[0.3, 0.05, 0.3]).targets == (0.3, 0.05)
    with pytest.raises(CalibrationError, match=r"FMR 0\.01: it needs at least 299 .* got 252"):
        laid(data, splits, fmrs=[0.1, 0.01])


def test_no_usual_target_is_supported(data, splits):
    # 2 identities of 3 images: 9 non-mated comparisons.
    few = SimpleNamespace(**{**vars(splits), "calibration": splits.calibration[:6]})
    with pytest.raises(CalibrationError, match=r"FMR 0\.1: it needs at least 29 .* got 9"):
        laid(data, few)


def test_a_calibration_part_without_mates(data, splits):
    single = SimpleNamespace(**{**vars(splits), "calibration": splits.calibration[::3]})
    with pytest.raises(InvalidInputError, match="8 images of 8 identities and no two of one"):
        laid(data, single)


def test_the_seed_decides(data, splits):
    first, again, other = (laid(data, splits, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.probes.indices, again.probes.indices)
    assert not np.array_equal(first.probes.indices, other.probes.indices)
