"""Evidence of one file: fitted on one part, tried on the other."""

import numpy as np
import pytest

from twinlet.calibrating import Source, fit
from twinlet.metrics import compare_all, reliability
from twinlet.templates import normalise
from twinlet.weighing import independent_comparisons, weigh
from twinlet_export.evidence import Evidence

LABELS = np.repeat(np.arange(10), 8)


def world(seed):
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(10, 16))
    return normalise(centres[LABELS] + rng.normal(0, 0.9, (80, 16)))


@pytest.mark.parametrize("point_estimates", [False, True])
def test_it_is_fitted_on_the_calibration_part_and_tried_on_the_test_part(point_estimates):
    calibration = fit(
        world(1),
        LABELS,
        [0.2],
        unit="image",
        source=Source("all pairs", "f" * 64),
        point_estimates=point_estimates,
    )
    calibrating, tested = (compare_all(world(part), LABELS) for part in (1, 2))
    found = Evidence.measure(calibrating, tested, calibration, labels=LABELS, unit="image")
    worth = independent_comparisons(LABELS, calibration, unit="image")
    assert found.independent == worth
    assert worth.non_mated == pytest.approx(40 if point_estimates else worth.non_mated)
    assert found.likelihood == weigh(calibrating, tested, worth)
    expected = reliability(tested, found.likelihood.log_ratios)
    assert found.reliability.to_json() == expected.to_json()
    # What was predicted happens, as far as ten identities tell.
    assert found.reliability.observed[-1] > 0.8
    assert found.reliability.observed[0] < 0.2
