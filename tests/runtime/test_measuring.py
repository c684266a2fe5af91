"""Rates at thresholds, and which bounds stand beside them."""

import numpy as np
import pytest

from twinlet.encodings import Pairing
from twinlet.errors import InvalidInputError
from twinlet.measuring import measure_misses, measure_points
from twinlet.metrics import (
    clustered_upper,
    compare_all,
    compare_encoded,
    count_by_cluster,
    dyadic_wilson,
    fmr,
    fnmr,
    mated_dyads,
)

THRESHOLDS = {0.01: 0.82, 0.1: 0.7}


def crowd(identities=15, images=5, seed=3):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), images)
    vectors = rng.normal(size=(identities, 6))[labels] + 0.7 * rng.normal(size=(len(labels), 6))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


@pytest.mark.parametrize("unit", ["identity", "image"])
def test_rates_are_those_of_the_comparisons_and_lie_within_their_bounds(unit):
    templates, labels = crowd()
    comparisons = compare_all(templates, labels)
    points = measure_points(templates, labels, THRESHOLDS, unit=unit)
    assert points == measure_points(
        templates, labels, THRESHOLDS, unit=unit, comparisons=comparisons
    )
    assert [(point.target, point.threshold) for point in points] == list(THRESHOLDS.items())
    for point in points:
        assert point.fmr == fmr(comparisons, point.threshold)
        assert point.fnmr == fnmr(comparisons, point.threshold)
        assert point.fmr < point.fmr_upper < 1.0
        low, high = point.fnmr_interval
        assert 0.0 < low < point.fnmr < high < 1.0


@pytest.mark.parametrize("pairing", list(Pairing))
def test_misses_are_those_of_the_comparisons_in_every_encoding(pairing):
    templates, labels = crowd()
    comparisons = compare_encoded(templates, labels, pairing)
    found = measure_misses(
        templates, labels, THRESHOLDS, unit="image", comparisons=comparisons, pairing=pairing
    )
    for one in found:
        assert one.fnmr == fnmr(comparisons, one.threshold)
        assert one.fnmr_interval[0] < one.fnmr < one.fnmr_interval[1]


def test_bounds_are_clustered_and_dyadic():
    templates, labels = crowd()
    point = measure_points(templates, labels, {0.1: 0.7}, unit="identity")[0]
    counts = count_by_cluster(templates, labels, [0.7], unit="identity")
    # Other thresholds may only raise it: see `design_effects`.
    assert point.fmr_upper >= clustered_upper(counts)[0]
    misses = mated_dyads(templates, labels, [0.7], unit="identity")
    assert misses.errors[0] >= 10  # enough to need no other threshold
    assert point.fnmr_interval == pytest.approx(tuple(dyadic_wilson(misses)[0]))


def test_without_misses_the_interval_is_that_of_thresholds_with_some():
    templates, labels = crowd()
    point = measure_points(templates, labels, {0.1: 0.3}, unit="identity")[0]
    assert point.fnmr == 0.0
    alone = dyadic_wilson(mated_dyads(templates, labels, [0.3], unit="identity"))[0]
    assert 0.0 == point.fnmr_interval[0] < point.fnmr_interval[1] < alone[1]


def test_too_few_identities_say_nothing():
    templates, labels = crowd(identities=9)
    point = measure_points(templates, labels, {0.1: 0.7}, unit="identity")[0]
    assert (point.fmr_upper, point.fnmr_interval) == (1.0, (0.0, 1.0))


def test_no_thresholds_give_no_points():
    assert measure_points(*crowd(), {}, unit="image") == ()


def test_unknown_units_are_refused():
    with pytest.raises(InvalidInputError, match="unknown unit 'comparison'"):
        measure_points(*crowd(), THRESHOLDS, unit="comparison")
