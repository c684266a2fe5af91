import json

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.evaluation import evaluate
from twinlet.metrics import auc, clopper_pearson_upper, compare_all, eer, recall_at_k, wilson


def plane(*degrees):
    radians = np.deg2rad(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1)


# Two identities, three images each; similarity is 1 - angle / 180.
# mated angles: 10 40 30 | 10 30 20            -> 0.944 0.778 0.833 | 0.944 0.833 0.889
# non-mated: 60 70 90, 50 60 80, 20 30 50      -> the nearest are 20 (0.889) and 30 (0.833)
TEMPLATES = plane(0, 10, 40, 60, 70, 90)
LABELS = ["a"] * 3 + ["b"] * 3


def crowd():
    """Fifteen identities, four images each, near enough that both kinds of error occur."""
    rng = np.random.default_rng(11)
    labels = np.repeat(np.arange(15), 4)
    vectors = rng.normal(size=(15, 6))[labels] + 0.7 * rng.normal(size=(60, 6))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_by_hand():
    found = evaluate(TEMPLATES, LABELS, {0.1: 0.86, 0.25: 0.8}, unit="image", failures=2)
    assert (found.mated, found.non_mated, found.identities, found.failures) == (6, 9, 2, 2)
    strict, loose = found.fmr
    assert (strict.target, strict.threshold) == (0.1, 0.86)
    assert (strict.fmr, strict.fnmr) == (1 / 9, 3 / 6)  # 20 degrees | 40, 30 and 30 degrees
    assert (loose.fmr, loose.fnmr) == (2 / 9, 1 / 6)  # 20 and 30 degrees | 40 degrees
    # Six images cannot show how much images differ.
    assert (strict.fmr_upper, strict.fnmr_interval) == (1.0, (0.0, 1.0))
    # Two of eight images fail: of 16 comparisons 9 have both sides, and half of those match.
    assert strict.gfrr == 1 - 9 / 16 * 3 / 6
    # Nearest: 0 -> 10, 10 -> 0, 40 -> 60 (a miss), 60 -> 70, 70 -> 60, 90 -> 70.
    assert found.recall_at_1 == 5 / 6


def test_the_parts_are_those_of_the_metrics():
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(60, 4))
    templates = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = rng.integers(0, 6, 60)
    found, comparisons = (
        evaluate(templates, labels, {}, unit="identity"),
        compare_all(templates, labels),
    )
    assert (found.auc, found.eer) == (auc(comparisons), eer(comparisons))
    assert found.recall_at_1 == recall_at_k(templates, labels)
    assert found.fmr == ()
    assert found.histogram.mated.sum() == found.mated == len(comparisons.mated)
    assert found.histogram.non_mated.sum() == found.non_mated == len(comparisons.non_mated)


def test_json_has_exactly_the_keys_of_the_contract():
    found = evaluate(TEMPLATES, LABELS, {1e-3: 0.9, 0.1: 0.8}, unit="image", failures=1)
    payload = found.to_json()
    assert list(payload) == [
        *("auc", "eer", "fmr", "recall_at_1", "mated", "non_mated", "identities", "failures"),
        "intervals",
    ]
    assert list(payload["fmr"]) == ["0.001", "0.1"]
    for point in payload["fmr"].values():
        assert list(point) == ["threshold", "fmr", "fmr_upper", "fnmr", "fnmr_interval", "gfrr"]
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_failures_are_misses_of_the_generalised_rate_alone():
    failed = evaluate(TEMPLATES, LABELS, {0.1: 0.86}, unit="image", failures=3, attempts=30)
    (point,), (whole,) = failed.fmr, evaluate(TEMPLATES, LABELS, {0.1: 0.86}, unit="image").fmr
    assert (point.fmr, point.fnmr) == (whole.fmr, whole.fnmr)
    assert point.gfrr == pytest.approx(1 - 0.9**2 * (1 - point.fnmr))
    assert whole.gfrr == whole.fnmr
    assert failed.to_json()["fmr"]["0.1"]["gfrr"] == point.gfrr


def test_more_failures_than_attempts_are_refused():
    with pytest.raises(InvalidInputError, match="there are 3 failures of only 2 attempts"):
        evaluate(TEMPLATES, LABELS, {}, unit="image", failures=3, attempts=2)


def test_too_few_identities_give_a_reason_instead_of_an_interval():
    found = evaluate(TEMPLATES, LABELS, {}, unit="identity").to_json()["intervals"]
    assert (found["unit"], found["clusters"]) == ("identity", 2)
    assert [found[name] for name in ("auc", "eer", "recall_at_1")] == [None] * 3
    assert "2 identities cannot show how much identities differ" in found["reason"]


@pytest.mark.parametrize("unit", ["identity", "image"])
def test_intervals_hold_their_figures_and_name_their_method(unit):
    templates, labels = crowd()
    found = evaluate(templates, labels, {0.1: 0.7}, unit=unit)
    payload = found.to_json()
    intervals = payload["intervals"]
    assert intervals["reason"] is None
    assert intervals["clusters"] == {"identity": 15, "image": 60}[unit]
    assert (intervals["confidence"], intervals["resamples"]) == (0.95, 200)
    for name in ("auc", "eer", "recall_at_1"):
        low, high = intervals[name]
        assert low < payload[name] < high
        assert intervals["method"][name] == f"percentile pigeonhole bootstrap, by {unit}"
    low, high = found.fmr[0].fnmr_interval
    assert low < found.fmr[0].fnmr < high
    assert found.fmr[0].fmr < found.fmr[0].fmr_upper < 1.0
    assert intervals["method"]["fnmr_interval"].startswith("Wilson with the variance of dyadic")
    assert "jackknife" in intervals["method"]["fmr_upper"]


def test_bounds_know_that_comparisons_share_identities():
    templates, labels = crowd()
    point = evaluate(templates, labels, {0.1: 0.7}, unit="identity").fmr[0]
    mated, non_mated = 15 * 6, 60 * 59 // 2 - 15 * 6
    low, high = wilson(round(point.fnmr * mated), mated)
    assert point.fnmr_interval[1] - point.fnmr_interval[0] > high - low
    assert point.fmr_upper > clopper_pearson_upper(round(point.fmr * non_mated), non_mated)


def test_curves_are_json_and_rise():
    curves = evaluate(TEMPLATES, LABELS, {}, unit="image").curves_json()
    assert json.loads(json.dumps(curves, allow_nan=False)) == curves
    assert {key: list(value) for key, value in curves.items()} == {
        "roc": ["threshold", "fmr", "tmr"],
        "histogram": ["edges", "mated", "non_mated"],
    }
    assert curves["roc"]["fmr"][0] == 0
    assert curves["roc"]["fmr"][-1] == 1
    assert len(curves["histogram"]["edges"]) == len(curves["histogram"]["mated"]) + 1
    assert sum(curves["histogram"]["mated"]) == 6


@pytest.mark.parametrize(
    ("thresholds", "failures", "message"),
    [
        ({0.0: 0.5}, 0, "the target FMR must lie strictly between 0 and 1, got 0"),
        ({1: 0.5}, 0, "the target FMR must lie strictly between 0 and 1, got 1"),
        ({0.1: float("nan")}, 0, "the threshold for FMR 0.1 must be a finite number, got nan"),
        ({0.1: float("inf")}, 0, "must be a finite number, got inf"),
        ({0.1: 0.5, 0.1 + 1e-12: 0.6}, 0, "both read FMR 0.1; give one"),
        ({}, -1, "failures must be a count of images, got -1"),
    ],
)
def test_bad_arguments_are_refused(thresholds, failures, message):
    with pytest.raises(InvalidInputError, match=message):
        evaluate(TEMPLATES, LABELS, thresholds, unit="image", failures=failures)


def test_templates_that_cannot_be_compared_are_refused():
    with pytest.raises(InvalidInputError, match="no non-mated pairs"):
        evaluate(TEMPLATES, ["a"] * 6, {0.1: 0.5}, unit="image")
