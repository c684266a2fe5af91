"""Thresholds: every expected value is counted on the page or found by trying all."""

from itertools import pairwise

import numpy as np
import pytest

from twinlet.calibrating import Source, fit, fit_independent
from twinlet.calibration import Basis, comparisons_needed
from twinlet.curve import ESTIMATES, METHODS
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import (
    Comparisons,
    candidate_thresholds,
    clopper_pearson_upper,
    clustered_upper,
    compare_all,
    count_by_cluster,
)

SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)


def comparisons(non_mated):
    return Comparisons.from_scores([0.9, 0.95], non_mated, identities=5, images=40)


def independent(non_mated, targets):
    return fit_independent(comparisons(non_mated), targets, source=SOURCE)


def world(identities=15, images=6, seed=1, dimensions=16):
    """Templates that overlap, so that both kinds of error occur, and their identities."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), images)
    vectors = rng.normal(size=(identities, dimensions))[labels]
    vectors += rng.normal(0, 0.9, vectors.shape)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def fitted(templates, labels, targets=(), **options):
    return fit(templates, labels, targets, **{"unit": "image", "source": SOURCE, **options})


@pytest.mark.parametrize("unit", ["image", "identity"])
def test_the_threshold_is_the_lowest_candidate_whose_bound_holds(unit):
    templates, labels = world()
    thresholds = candidate_thresholds(compare_all(templates, labels).non_mated)
    bounds = clustered_upper(count_by_cluster(templates, labels, thresholds, unit=unit))
    calibration = fitted(templates, labels, [0.05, 0.2], unit=unit)
    for target in (0.05, 0.2):
        point = calibration.point_for(target)
        assert point.threshold == min(thresholds[bounds <= target])
        assert point.fmr_upper == bounds[thresholds == point.threshold]
        assert point.fmr_upper <= point.fmr == target
        assert point.basis is Basis.BOUND
    assert calibration.method == METHODS[unit]
    assert calibration.unit == unit


def test_comparisons_that_share_images_promise_less_than_independent_ones():
    templates, labels = world()
    scores = compare_all(templates, labels)
    clustered = fitted(templates, labels)
    naive = fit_independent(scores, [], source=SOURCE)
    assert clustered.lowest > naive.lowest
    assert clustered.point_for(0.05).threshold > naive.point_for(0.05).threshold


def test_a_hundred_scores_by_hand():
    # 100 comparisons. No match is bounded by 1 - 0.05^(1/100) = 0.0295, one match by 0.0466,
    # two by 0.0616 (Clopper-Pearson tables). So FMR 0.05 allows one match, FMR 0.03 none.
    scores = np.arange(100, dtype=np.float32) / 200  # 0, 0.005, ... 0.495
    calibration = independent(scores, [0.05, 0.03])
    one, none = calibration.point_for(0.05), calibration.point_for(0.03)
    assert scores[98] < one.threshold <= scores[99]
    assert one.fmr_measured == 0.01
    assert one.fmr_upper == pytest.approx(0.0466, abs=1e-4)
    assert none.threshold == np.nextafter(np.float32(0.495), np.float32(1))
    assert none.fmr_measured == 0.0
    assert none.fmr_upper == pytest.approx(0.0295, abs=1e-4)


def test_tied_scores_match_together_or_not_at_all():
    # Ten of 100 scores are 0.4. FMR 0.05 allows one match, so all ten must stay out.
    point = independent([0.1] * 90 + [0.4] * 10, [0.05]).point_for(0.05)
    assert point.threshold > np.float32(0.4)
    assert point.fmr_measured == 0.0


def test_the_curve_promises_less_and_less_for_higher_and_higher_thresholds():
    curve = independent(np.random.default_rng(2).uniform(0.2, 0.8, 5000), [0.01]).curve
    rates = [point.fmr for point in curve]
    assert rates == sorted(set(rates))
    assert all(a.threshold >= b.threshold for a, b in pairwise(curve))
    assert all(point.fmr_measured <= point.fmr_upper <= point.fmr for point in curve)
    # 0.000599 with two digits, rounded up: what a message names is what is held.
    assert clopper_pearson_upper(0, 5000) == pytest.approx(0.000599, abs=1e-6)
    assert rates[0] == 0.0006
    assert rates[-1] == 0.5
    assert {0.05, 0.005, 0.01} < set(rates)
    # Two decades and a bit between 0.0006 and 0.5, at 20 a decade.
    assert 58 <= len(rates) <= 62


def test_it_says_where_it_comes_from():
    calibration = independent(np.linspace(0.1, 0.2, 400), [0.01])
    assert "independent" in calibration.method
    assert (calibration.comparisons, calibration.confidence) == (400, 0.95)
    assert (calibration.identities, calibration.images) == (5, 40)
    assert (calibration.protocol, calibration.data_fingerprint) == ("all pairs", "f" * 64)
    assert calibration.promised


@pytest.mark.parametrize("count", [290, 299])
def test_the_rule_of_three_decides_what_is_supported(count):
    # 1 - 0.05^(1/n) <= 0.01 for n >= ln 0.05 / ln 0.99 = 298.07.
    assert comparisons_needed(0.01) == 299
    scores = np.linspace(0.1, 0.4, count)
    if count == 299:
        assert independent(scores, [0.01]).lowest <= 0.01
    else:
        with pytest.raises(CalibrationError, match=r"needs 299 .* got 290; .*9 comparisons are mi"):
            independent(scores, [0.01])


def test_a_refusal_names_what_is_there_and_what_is_needed():
    templates, labels = world()
    lowest = fitted(templates, labels).lowest
    with pytest.raises(CalibrationError) as refusal:
        fitted(templates, labels, [lowest / 10])
    said = str(refusal.value)
    # 90 images, 90 * 89 / 2 - 15 * 15 = 3780 non-mated comparisons.
    assert "got 3780 among 90 images of 15 identities, which share them" in said
    worth, needed = comparisons_needed(lowest), comparisons_needed(lowest / 10)
    assert f"are worth {worth} independent ones" in said
    assert f"about {np.ceil(90 * needed / worth):.0f} are needed" in said
    assert said.endswith(f"raise the target to {lowest:.2g}")
    # and the way out is one
    assert fitted(templates, labels, [float(f"{lowest:.2g}")]).lowest == lowest


def test_too_few_identities_are_refused_for_other_identities():
    templates, labels = world(identities=9, images=20)
    with pytest.raises(CalibrationError, match=r"at least 10 identities .*, got 9 \(14400 non-ma"):
        fitted(templates, labels, [0.1], unit="identity")
    assert fitted(templates, labels, [0.1], unit="image").promised


def test_point_estimates_promise_nothing():
    templates, labels = world(identities=3)
    scores = compare_all(templates, labels).non_mated  # 18 * 17 / 2 - 45 = 108
    calibration = fitted(templates, labels, [0.25], unit="identity", point_estimates=True)
    assert not calibration.promised
    assert calibration.method == ESTIMATES
    assert {point.basis for point in calibration.curve} == {Basis.ESTIMATE}
    assert {point.fmr_upper for point in calibration.curve} == {None}
    point = calibration.point_for(0.25)
    assert 0.2 < np.mean(scores >= point.threshold) == point.fmr_measured <= 0.25
    assert calibration.lowest == 0.0093  # one comparison in 108, two digits, up
    said = r"FMR 0\.005: a point estimate needs 200 non-mated comparisons, .* got 108"
    with pytest.raises(CalibrationError, match=said):
        calibration.point_for(0.005)
    with pytest.raises(CalibrationError, match=said):
        fitted(templates, labels, [0.005], unit="identity", point_estimates=True)


def test_rates_hoped_for_are_points_of_their_own_where_they_are_supported():
    templates, labels = world()
    calibration = fitted(templates, labels, hoped=(0.1, 1e-6))
    assert calibration.point_for(0.1).fmr == 0.1
    assert fitted(templates, labels).point_for(0.1).fmr < 0.1
    assert calibration.lowest > 1e-6


def test_extrapolated_points_are_marked_and_only_for_those_who_ask():
    templates, labels = world(identities=40, images=5)
    plain = fitted(templates, labels, [0.1])
    calibration = fitted(templates, labels, [0.1], extrapolate=True)
    assert calibration.supported == plain.curve
    assert calibration.lowest == plain.lowest
    beyond = calibration.curve[: -len(plain.curve)]
    assert {point.basis for point in beyond} == {Basis.EXTRAPOLATED}
    assert beyond[0].fmr < plain.lowest / 50
    assert all(a.threshold >= b.threshold for a, b in pairwise(calibration.curve))
    rate = plain.lowest / 10
    with pytest.raises(CalibrationError, match="raise the target to"):
        calibration.point_for(rate)
    assert calibration.point_for(rate, extrapolate=True).threshold >= plain.curve[0].threshold
    with pytest.raises(CalibrationError, match="cannot extrapolate to FMR 1e-09"):
        calibration.point_for(1e-9, extrapolate=True)


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, float("nan")])
def test_a_target_outside_zero_and_one_is_refused(target):
    with pytest.raises(InvalidInputError, match="strictly between 0 and 1"):
        independent([0.1] * 400, [target])


def test_a_target_above_one_half_is_refused():
    with pytest.raises(InvalidInputError, match=r"at most 0\.5, got 0\.6"):
        fitted(*world(), [0.6])


@pytest.mark.parametrize("point_estimates", [False, True])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence": 7.0}, r"strictly between 0\.5 and 1, got 7"),
        ({"confidence": float("nan")}, r"strictly between 0\.5 and 1, got nan"),
        ({"unit": "people"}, "unknown unit 'people'; expected identity or image"),
    ],
)
def test_what_is_to_be_promised_is_checked_first_whether_or_not_it_is(
    options, message, point_estimates
):
    templates, labels = np.zeros((2, 3)), [0]  # which cannot be compared
    with pytest.raises(InvalidInputError, match=message):
        fitted(templates, labels, point_estimates=point_estimates, **options)


def test_identities_with_one_embedding_cannot_be_told_apart():
    with pytest.raises(CalibrationError, match="8 of 408 non-mated comparisons have similarity 1"):
        independent([0.1] * 400 + [1.0] * 8, [0.01])
    same = np.tile(np.eye(4)[:1], (40, 1))
    with pytest.raises(CalibrationError, match="600 of 600 non-mated comparisons have"):
        fitted(same, np.repeat([0, 1, 2, 3], 10), [0.1])


def test_a_few_equal_embeddings_only_shorten_the_curve():
    # Eight of 408 comparisons are 1: about 2 percent always match, so 1 percent is out of
    # reach (above), while 10 percent is not.
    calibration = independent([0.1] * 400 + [1.0] * 8, [0.1])
    assert 0.02 < calibration.lowest < 0.05


def test_scores_that_are_all_equal_are_refused():
    with pytest.raises(CalibrationError, match=r"all 400 non-mated comparisons have .* 0\.3, "):
        independent([0.3] * 400, [0.01])
    same = np.repeat(np.eye(12), 3, axis=0)
    for options in ({}, {"point_estimates": True}):
        with pytest.raises(CalibrationError, match=r"all 594 non-mated .* similarity 0\.5, and"):
            fitted(same, np.repeat(np.arange(12), 3), [0.1], **options)


def test_nothing_at_all_can_be_promised():
    with pytest.raises(CalibrationError, match=r"FMR 0\.5: it needs 5 independent .* got 3"):
        independent([0.1, 0.2, 0.3], [])


@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0, float("nan")])
def test_a_bound_is_above_what_was_measured_at_confidences_above_one_half(confidence):
    with pytest.raises(InvalidInputError, match=r"strictly between 0.5 and 1"):
        fit_independent(
            comparisons(np.linspace(0.1, 0.8, 50)), [0.2], source=SOURCE, confidence=confidence
        )
