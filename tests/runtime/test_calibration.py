from dataclasses import replace

import pytest

from twinlet.calibration import (
    Basis,
    Calibration,
    CurvePoint,
    Support,
    check_rate,
    comparisons_needed,
    unsupported,
)
from twinlet.errors import CalibrationError, InvalidInputError


def calibration(*points):
    return Calibration(
        curve=tuple(CurvePoint(fmr, threshold, fmr / 2, fmr) for fmr, threshold in points),
        method="clopper-pearson",
        confidence=0.95,
        comparisons=4000,
        identities=10,
        images=100,
        protocol="all pairs",
        data_fingerprint="0" * 64,
    )


CURVE = calibration((0.001, 0.9), (0.01, 0.8), (0.1, 0.6))


@pytest.mark.parametrize(
    ("target", "threshold"),
    [
        (0.001, 0.9),
        (0.005, 0.9),  # between two points: the stricter one
        (0.00999, 0.9),
        (0.01, 0.8),
        (0.1, 0.6),
        (0.9, 0.6),
        (0.1 * 0.1, 0.8),  # 0.010000000000000002
        (0.01 / 3 * 3 * (1 - 1e-15), 0.8),  # one rounding below the point still finds it
    ],
)
def test_the_highest_promise_within_the_target_is_taken(target, threshold):
    assert CURVE.point_for(target).threshold == threshold


def test_a_target_below_the_curve_is_refused_with_the_ways_out():
    with pytest.raises(CalibrationError) as refusal:
        CURVE.point_for(1e-4)
    # ln(0.05) / ln(1 - 0.0001) = 29955.8
    assert str(refusal.value) == (
        "cannot calibrate for FMR 0.0001: it needs 29956 independent non-mated comparisons at 95% "
        "confidence, got 4000; add identities or images (25956 comparisons are missing) or raise "
        "the target to 0.001"
    )


def test_the_lowest_promise_is_the_first_point():
    assert CURVE.lowest == 0.001


@pytest.mark.parametrize("rate", [0.0, 1.0, 2.0, -0.1, float("inf"), float("nan")])
def test_a_rate_outside_the_open_unit_interval_is_refused(rate):
    with pytest.raises(InvalidInputError, match="the target FPIR must lie strictly between"):
        check_rate(rate, "FPIR")
    with pytest.raises(InvalidInputError, match=r"1 percent is written 0\.01"):
        CURVE.point_for(rate)


@pytest.mark.parametrize(
    ("fmr", "confidence"), [(0.1, 0.95), (0.01, 0.95), (0.001, 0.95), (1e-5, 0.95), (0.01, 0.99)]
)
def test_as_many_comparisons_are_needed_as_make_a_clean_run_unlikely(fmr, confidence):
    needed = comparisons_needed(fmr, confidence)
    # With one less, no false match at all would still happen too often.
    assert (1 - fmr) ** needed <= 1 - confidence < (1 - fmr) ** (needed - 1)


def test_the_rule_of_three():
    assert comparisons_needed(1e-5) == pytest.approx(3 / 1e-5, rel=0.002)


def test_a_refusal_without_any_promise_names_no_target_to_raise_to():
    assert unsupported(0.01, Support(10, 2, 5, "comparison"), 0.95).endswith(
        "got 10; add identities or images (289 comparisons are missing)"
    )
    assert unsupported(0.01, Support(10, 2, 5, "image"), 0.95).endswith(
        "got 10 among 5 images of 2 identities; add images"
    )


def test_other_thresholds_are_for_the_highest_rates():
    other = CURVE.with_thresholds([0.61, 0.51])
    *_, low, high = CURVE.curve
    assert [(point.fmr, point.threshold) for point in other.curve] == [
        (low.fmr, 0.61),
        (high.fmr, 0.51),
    ]
    assert other.curve[0].fmr_upper == low.fmr_upper
    assert (other.comparisons, other.protocol) == (CURVE.comparisons, CURVE.protocol)


@pytest.mark.parametrize("count", [0, 4])
def test_no_thresholds_or_too_many(count):
    with pytest.raises(InvalidInputError, match=f"expected 1 to 3 thresholds, .* got {count}"):
        CURVE.with_thresholds([0.5] * count)


def test_what_was_extrapolated_is_found_by_those_who_ask():
    beyond = CurvePoint(0.0001, 0.95, 0.0, None, Basis.EXTRAPOLATED)
    longer = replace(CURVE, curve=(beyond, *CURVE.curve))
    assert longer.lowest == 0.001
    assert longer.promised
    with pytest.raises(CalibrationError, match=r"cannot calibrate for FMR 0\.0005"):
        longer.point_for(0.0005)
    assert longer.point_for(0.0005, extrapolate=True) is beyond
    assert longer.point_for(0.002, extrapolate=True).threshold == 0.9
    with pytest.raises(CalibrationError, match=r"tail reaches down to 0\.0001; raise"):
        longer.point_for(0.00005, extrapolate=True)
    with pytest.raises(CalibrationError, match=r"cannot calibrate for FMR 0\.0005"):
        CURVE.point_for(0.0005, extrapolate=True)
