import json
from itertools import combinations

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import cohorts
from twinlet.scores import similarity

THRESHOLDS = {0.1: 0.7, 0.01: 0.8}


def world(seed=0, noise=(0.5, 1.2)):
    """Twenty identities of five images, half of them in a group whose images vary more."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(20), 5)
    groups = np.where(labels < 10, "indoor", "outdoor")
    spread = np.where(labels < 10, *noise)[:, None]
    vectors = rng.normal(size=(20, 5))[labels] + spread * rng.normal(size=(100, 5))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels, groups


def by_loop(vectors, labels, groups, threshold):
    """Errors and comparisons: mated and non-mated of each group, non-mated across."""
    counts = {}
    for i, j in combinations(range(len(labels)), 2):
        match = np.float32(similarity(vectors[i], vectors[j])) >= threshold
        mated = labels[i] == labels[j]
        group = groups[i] if groups[i] == groups[j] else "across"
        errors, total = counts.get((group, mated), (0, 0))
        counts[group, mated] = (errors + (match != mated), total + 1)
    return counts


@pytest.mark.parametrize("unit", ["identity", "image"])
def test_counts_are_those_of_a_loop(unit):
    vectors, labels, groups = world()
    groups[::7] = "indoor"  # some identities in both
    found = cohorts(vectors, labels, groups, THRESHOLDS, unit=unit)
    assert [point.target for point in found.points] == [0.1, 0.01]
    for point in found.points:
        expected = by_loop(vectors, labels, groups, point.threshold)
        for name in ("indoor", "outdoor"):
            one, other = point.fmr[name], point.fnmr[name]
            assert (one.errors, one.comparisons) == expected[name, False]
            assert (other.errors, other.comparisons) == expected[name, True]
            assert other.rate == other.errors / other.comparisons
            assert other.interval[0] < other.rate < other.interval[1]
        across = point.across_fmr
        assert (across.errors, across.comparisons) == expected["across", False]


def test_the_worst_group_is_named():
    vectors, labels, groups = world()
    for point in cohorts(vectors, labels, groups, THRESHOLDS, unit="identity").points:
        assert point.worst_fnmr == "outdoor"
        assert point.fnmr["outdoor"].rate > point.fnmr["indoor"].rate


def test_small_groups_are_flagged_and_stay():
    vectors, labels, groups = world()
    groups = groups.astype("U20")
    groups[labels == 0] = "one person"
    groups[0] = "one image"
    found = cohorts(vectors, labels, groups, THRESHOLDS, unit="identity")
    assert dict(found.images) == {"indoor": 45, "one image": 1, "one person": 4, "outdoor": 50}
    for point in found.points:
        for rates in (point.fmr, point.fnmr):
            assert rates["one image"].flag == "there is nothing to compare"
            assert rates["one image"].rate is None
        person = point.fnmr["one person"]
        assert person.comparisons == 6
        assert person.flag == "1 identity, at least 10 are needed for an interval"
        assert person.interval == (0.0, 1.0)
        assert point.fmr["one person"].flag == "there is nothing to compare"
        # Nine identities are left indoors.
        assert point.worst_fnmr == point.worst_fmr == "outdoor"


def test_too_few_comparisons_to_err_are_flagged():
    vectors, labels, groups = world(noise=(0.1, 0.1))
    point = cohorts(vectors, labels, groups, {0.01: 0.7}, unit="image").points[0]
    assert "errors are expected at the rate over all groups" in point.fnmr["indoor"].flag
    assert point.worst_fnmr is None


def test_groups_may_be_numbers_and_cut_through_identities():
    vectors, labels, _ = world()
    groups = np.tile([0, 0, 1, 1, 2], 20)
    point = cohorts(vectors, labels, groups, THRESHOLDS, unit="identity").points[0]
    assert list(point.fmr) == ["0", "1", "2"]
    assert point.fnmr["2"].comparisons == 0
    assert point.fmr["2"].comparisons == 190


def test_groups_that_are_identities_have_no_non_mated_comparisons_of_their_own():
    vectors, labels, _ = world()
    point = cohorts(vectors, labels, labels, THRESHOLDS, unit="image").points[0]
    assert all(one.comparisons == 0 for one in point.fmr.values())
    assert point.across_fmr.comparisons == 100 * 99 // 2 - 20 * 10


def test_json():
    vectors, labels, groups = world()
    payload = cohorts(vectors, labels, groups, THRESHOLDS, unit="image").to_json()
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert list(payload) == ["unit", "method", "confidence", "images", "fmr"]
    assert list(payload["fmr"]) == ["0.1", "0.01"]
    point = payload["fmr"]["0.1"]
    assert list(point) == ["target", "threshold", "groups", "across", "worst"]
    assert list(point["groups"]["indoor"]["fmr"]) == [
        *("rate", "interval", "errors", "comparisons", "clusters", "flag")
    ]
    assert point["groups"]["indoor"]["fnmr"]["flag"] is None


@pytest.mark.parametrize(
    ("groups", "thresholds", "message"),
    [
        (np.full(100, "a"), THRESHOLDS, "at least two groups, got only 'a'"),
        (np.arange(99), THRESHOLDS, "groups must be 100 integers or strings"),
        (np.linspace(0, 1, 100), THRESHOLDS, "got float64"),
        (np.array([None, "a"] * 50), THRESHOLDS, "fill in what is unknown"),
        (np.arange(100) % 2, {}, "a threshold to measure at, got none"),
        (np.arange(100) % 2, {0.1: np.nan}, "must be a finite number"),
        (np.arange(100) % 2, {0.0: 0.5}, "target FMR"),
    ],
)
def test_bad_input_is_refused(groups, thresholds, message):
    vectors, labels, _ = world()
    with pytest.raises(InvalidInputError, match=message):
        cohorts(vectors, labels, groups, thresholds, unit="image")
