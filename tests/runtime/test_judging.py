import numpy as np
import pytest

from twinlet.drift import Change
from twinlet.judging import judge
from twinlet.promise import Verdict


@pytest.fixture(scope="module")
def entry(bundle):
    return bundle.file("onnx-fp32")


def world(common):
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(60), 4)
    vectors = rng.normal(common, 1.0, size=(60, 8))[labels] + 0.3 * rng.normal(size=(240, 8))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_strangers_that_look_alike_violate_the_promise_and_have_drifted(entry):
    thresholds = {point.target: point.threshold for point in entry.operating_points}
    found = judge(entry, *world(1.0), thresholds, unit="identity")
    assert [check.target for check in found.promises] == list(thresholds)
    assert {check.verdict for check in found.promises} == {Verdict.VIOLATED}
    assert {check.confidence for check in found.promises} == {entry.calibration.confidence}
    assert found.drift.change is Change.HIGHER


def test_a_far_higher_threshold_is_inside(entry):
    found = judge(entry, *world(0.0), {0.1: 0.95}, unit="identity")
    assert [check.verdict for check in found.promises] == [Verdict.INSIDE]
