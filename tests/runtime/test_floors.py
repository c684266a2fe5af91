import numpy as np

from twinlet.calibrating import Source, fit
from twinlet.floors import not_below
from twinlet.metrics import compare_all

SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)


def world(dimensions):
    """Templates of 30 identities; the more dimensions, the less alike strangers are."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(30), 4)
    vectors = rng.normal(size=(30, dimensions))[labels] + rng.normal(size=(120, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_thresholds_are_raised_to_those_of_another_calibration():
    templates, labels = world(16)
    easy, _ = world(64)
    floor = fit(templates, labels, [0.05, 0.2], unit="identity", source=SOURCE)
    own = fit(easy, labels, [0.05, 0.2], unit="identity", source=SOURCE)
    compared = compare_all(easy, labels)
    raised = not_below(own, floor, compared)
    assert [point.fmr for point in raised.curve] == [point.fmr for point in own.curve]
    moved = 0
    for point, before in zip(raised.curve, own.curve, strict=True):
        below = [other for other in floor.curve if other.fmr <= point.fmr * (1 + 1e-12)]
        least = (below[-1] if below else floor.curve[0]).threshold
        assert point.threshold == max(before.threshold, least)
        assert point.fmr_measured == np.mean(compared.non_mated >= point.threshold)
        assert point.fmr_upper == before.fmr_upper
        moved += point.threshold > before.threshold
    assert moved > 10
    assert not_below(own, own, compared) == own
