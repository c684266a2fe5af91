"""Which False Match Rates a bundle holds."""

import numpy as np
import pytest

from twinlet.calibrating import Source
from twinlet.errors import CalibrationError
from twinlet_export.aims import Aims, choose_targets

SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)


def world(identities=12, images=6):
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(identities), images)
    vectors = rng.normal(size=(identities, 16))[labels]
    vectors += rng.normal(0, 0.9, vectors.shape)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_usual_rates_are_kept_as_far_as_supported():
    calibration = Aims("image", SOURCE).fit(*world())
    targets = choose_targets(calibration, None)
    assert calibration.lowest > 0.001
    assert targets.default == 0.01
    assert targets.rates == (0.01, 0.1)
    assert set(targets.refused) == {"0.001"}
    assert "among 72 images of 12 identities" in targets.refused["0.001"]
    # Points of their own, not the next lower ones of the grid.
    assert [calibration.point_for(rate).fmr for rate in targets.rates] == [0.01, 0.1]


def test_a_rate_that_was_asked_for_is_never_dropped():
    aims = Aims("image", SOURCE, fmrs=(0.3, 0.05, 0.3))
    assert choose_targets(aims.fit(*world()), aims.fmrs).rates == (0.3, 0.05)
    with pytest.raises(CalibrationError, match=r"FMR 1e-05: it needs"):
        Aims("image", SOURCE, fmrs=(0.1, 1e-5)).fit(*world())


def test_no_usual_rate_is_supported():
    few = world(identities=2, images=5)
    with pytest.raises(CalibrationError, match=r"FMR 0\.1: it needs 29 .* got 25 among 10 images"):
        choose_targets(Aims("image", SOURCE).fit(*few), None)


def test_every_file_holds_the_default():
    aims = Aims("image", SOURCE)
    assert aims.fit(*world(), default=0.02).point_for(0.02).fmr == 0.02
    with pytest.raises(CalibrationError, match=r"FMR 0\.0001"):
        aims.fit(*world(), default=0.0001)


def test_a_file_may_hold_fewer_than_the_twin():
    targets = choose_targets(Aims("image", SOURCE).fit(*world()), None)
    worse = Aims("image", SOURCE).fit(*world(identities=4, images=6))
    assert targets.held_by(worse) == (0.1,)


def test_unpromised_and_extrapolated_points_are_made_where_they_are_asked_for():
    few = world(identities=3)
    with pytest.raises(CalibrationError, match="at least 10 identities"):
        Aims("identity", SOURCE).fit(*few)
    assert not Aims("identity", SOURCE, point_estimates=True).fit(*few).promised
    longer = Aims("image", SOURCE, extrapolate=True).fit(*world(identities=40))
    assert len(longer.curve) > len(longer.supported)
