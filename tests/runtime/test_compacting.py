"""int8 templates of a file: what is promised and missed, counted anew on templates."""

from itertools import combinations

import numpy as np
import pytest

from twinlet import Template
from twinlet.calibrating import Source, fit
from twinlet.compacting import Measured, operating_point, prove_compact
from twinlet.encodings import Pairing, pairing
from twinlet.errors import CalibrationError
from twinlet.measuring import measure_points
from twinlet.metrics import Independent, compare_all, compare_encoded
from twinlet.scores import is_match, similarity
from twinlet.templates import normalise
from twinlet.weighing import weigh

LABELS = np.repeat(np.arange(10), 6)
SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)
TARGETS = (0.1, 0.02)


def world(seed):
    """Templates (60, 16) of ten identities, near enough that both kinds of error occur."""
    rng = np.random.default_rng(seed)
    return normalise(rng.normal(size=(10, 16))[LABELS] + rng.normal(0, 0.9, (60, 16)))


def measured(calibrating, testing):
    calibration = fit(calibrating, LABELS, TARGETS, unit="image", source=SOURCE)
    thresholds = {target: calibration.point_for(target).threshold for target in TARGETS}
    points = measure_points(testing, LABELS, thresholds, unit="image")
    own = tuple(operating_point(calibration, point) for point in points)
    return Measured(calibrating, testing, calibration, own, Independent(30, 60))


@pytest.fixture(scope="module")
def found():
    file = measured(world(1), world(2))
    return file, prove_compact(file, LABELS, LABELS, unit="image")


def decisions(vectors, pair, threshold):
    """Decide every pair of images with templates as a device holds them."""
    exact = [Template(vector, "0" * 64, "onnx-fp32") for vector in vectors]
    small = [template.to_int8() for template in exact]
    probes = small if pair is Pairing.INT8 else exact
    assert pairing(probes[0].encoding, small[0].encoding) is pair
    matched = {True: [], False: []}
    for i, j in combinations(range(len(vectors)), 2):
        score = similarity(probes[i].vector, small[j].vector)
        matched[LABELS[i] == LABELS[j]].append(bool(is_match(score, threshold)))
    return matched


@pytest.mark.parametrize("pair", [Pairing.CROSS, Pairing.INT8])
def test_operating_points_are_those_of_templates(found, pair):
    file, compact = found
    entry = compact.entries[pair]
    assert [point.target for point in entry.operating_points] == list(TARGETS)
    for point, exact, more in zip(
        entry.operating_points, file.operating_points, entry.more_misses, strict=True
    ):
        assert point.threshold == entry.calibration.point_for(point.target).threshold
        calibrated = decisions(file.calibrating, pair, point.threshold)[False]
        assert point.fmr == np.mean(calibrated)
        assert point.fmr <= point.fmr_upper <= point.target
        matches = decisions(file.testing, pair, point.threshold)[True]
        assert point.fnmr == np.mean(np.logical_not(matches))
        assert more == point.fnmr - exact.fnmr
    assert 0.0 < entry.operating_points[0].fnmr < 1.0


def test_thresholds_are_their_own(found):
    file, compact = found
    curves = [
        [point.threshold for point in calibration.curve]
        for calibration in (
            file.calibration,
            *(entry.calibration for entry in compact.entries.values()),
        )
    ]
    assert len(curves[0]) == len(curves[1]) == len(curves[2])
    assert curves[0] != curves[1] != curves[2] != curves[0]


@pytest.mark.parametrize("pair", [Pairing.CROSS, Pairing.INT8])
def test_log_likelihood_ratios_are_those_of_their_own_comparisons(found, pair):
    file, compact = found
    parts = (file.calibrating, file.testing)
    own = weigh(*(compare_encoded(part, LABELS, pair) for part in parts), file.independent)
    assert compact.likelihoods[pair] == own
    exact = weigh(*(compare_all(part, LABELS) for part in parts), file.independent)
    assert own.knots != exact.knots
    assert own.cllr == pytest.approx(exact.cllr, abs=0.02)  # eight bits cost next to nothing


def test_int8_templates_that_tell_nobody_apart():
    """Numbers within half a 127th of the largest are all rounded to 127."""
    raw = np.random.default_rng(5).uniform(0.997, 1.0, size=(60, 16))
    raw[:, 0] = 1.0
    file = measured(normalise(raw), world(2))
    with pytest.raises(CalibrationError, match="1620 of 1620 non-mated comparisons have similar"):
        prove_compact(file, LABELS, LABELS, unit="image")
