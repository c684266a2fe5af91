"""Fitting on one part, measuring on another; and what comparisons are worth."""

import math
from dataclasses import replace

import numpy as np
import pytest

from twinlet.calibrating import Source, fit
from twinlet.errors import InvalidInputError
from twinlet.metrics import Independent, cllr, cllr_min, compare_all, disjoint_pairs
from twinlet.templates import normalise
from twinlet.weighing import independent_comparisons, weigh

LABELS = np.repeat(np.arange(12), 15)
SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)


def world(seed):
    """Templates (180, 16) of twelve identities, near enough that both kinds of error occur."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(12, 16))
    return normalise(centres[LABELS] + rng.normal(0, 1.0, (180, 16)))


@pytest.fixture(scope="module")
def parts():
    return compare_all(world(1), LABELS), compare_all(world(2), LABELS)


@pytest.fixture(scope="module")
def calibration():
    return fit(world(1), LABELS, [0.1], unit="image", source=SOURCE)


def test_it_is_fitted_on_one_part_and_measured_on_the_other(parts, calibration):
    calibrating, testing = parts
    worth = independent_comparisons(LABELS, calibration, unit="image")
    found = weigh(calibrating, testing, worth)
    assert (found.mated, found.non_mated) == (len(calibrating.mated), len(calibrating.non_mated))
    assert found.cllr == cllr(testing, found.log_ratios)
    assert found.cllr_min == cllr_min(testing)
    assert found.cllr_min < found.cllr < found.cllr_min + 0.05  # little is lost
    assert found.cllr < 0.8
    assert "isotonic" in found.method
    # What was tested on changes no ratio.
    assert weigh(calibrating, calibrating, worth).knots == found.knots


def test_no_ratio_is_above_one_over_the_lowest_promise(parts, calibration):
    worth = independent_comparisons(LABELS, calibration, unit="image")
    assert worth.mated == disjoint_pairs(LABELS, "image").mated == 84
    assert worth.limits()[1] == pytest.approx(calibration.lowest, rel=1e-9)
    assert worth.non_mated < calibration.comparisons
    found = weigh(*parts, worth)
    assert found.knots[-1][1] <= -math.log(calibration.lowest) + 1e-4
    assert found.knots[0][1] >= math.log(worth.limits()[0]) - 1e-4
    assert weigh(*parts, Independent(84, 1872.3)).method.endswith(
        "bounded as 84 mated and 1,900 non-mated independent comparisons"
    )


def test_point_estimates_promise_nothing_that_could_bound():
    estimated = fit(world(1), LABELS, [0.1], unit="identity", source=SOURCE, point_estimates=True)
    worth = independent_comparisons(LABELS, estimated, unit="identity")
    assert worth == Independent(mated=12, non_mated=6)


def test_other_identities_are_worth_less_than_other_images(parts, calibration):
    promised = replace(calibration, unit="identity")
    worth = independent_comparisons(LABELS, promised, unit="identity")
    assert worth.mated == 12
    found = weigh(*parts, worth)
    assert found.knots[0][1] >= math.log(1 - 0.05 ** (1 / 12)) - 1e-4


def test_nobody_to_compare_with(calibration):
    with pytest.raises(InvalidInputError, match="expected two identities or more"):
        independent_comparisons(["a", "a"], calibration, unit="image")
