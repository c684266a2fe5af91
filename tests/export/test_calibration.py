"""Thresholds: every expected value is counted on the page or found by trying all."""

from itertools import pairwise

import numpy as np
import pytest

from twinlet.calibration import comparisons_needed
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import Comparisons, clopper_pearson_upper
from twinlet_export.calibration import METHOD, Source, check_support, fit, refit

SOURCE = Source(protocol="all pairs", data_fingerprint="f" * 64)


def comparisons(non_mated):
    return Comparisons.from_scores([0.9, 0.95], non_mated, identities=5, images=40)


def test_the_threshold_is_the_lowest_that_keeps_the_bound():
    """An oracle: try every score, and the number above it, as a threshold."""
    scores = np.sort(np.random.default_rng(1).beta(4, 4, 400).astype(np.float32))
    candidates = np.concatenate([scores, np.nextafter(scores, np.float32(2))])
    bounds = {float(t): clopper_pearson_upper(int(np.sum(scores >= t)), 400) for t in candidates}
    calibration = fit(comparisons(scores), [0.01, 0.1, 0.3], source=SOURCE)
    for target in (0.01, 0.1, 0.3):
        lowest = min(t for t, bound in bounds.items() if bound <= target)
        assert calibration.point_for(target).threshold == lowest


def test_a_hundred_scores_by_hand():
    # 100 comparisons. No match is bounded by 1 - 0.05^(1/100) = 0.0295, one match by 0.0466,
    # two by 0.0616 (Clopper-Pearson tables). So FMR 0.05 allows one match, FMR 0.03 none.
    scores = np.arange(100, dtype=np.float32) / 200  # 0, 0.005, ... 0.495
    calibration = fit(comparisons(scores), [0.05, 0.03], source=SOURCE)
    one, none = calibration.point_for(0.05), calibration.point_for(0.03)
    assert scores[98] < one.threshold <= scores[99]
    assert one.fmr_measured == 0.01
    assert one.fmr_upper == pytest.approx(0.0466, abs=1e-4)
    assert none.threshold == np.nextafter(np.float32(0.495), np.float32(1))
    assert none.fmr_measured == 0.0
    assert none.fmr_upper == pytest.approx(0.0295, abs=1e-4)


def test_tied_scores_match_together_or_not_at_all():
    # Ten of 100 scores are 0.4. FMR 0.05 allows one match, so all ten must stay out.
    scores = [0.1] * 90 + [0.4] * 10
    point = fit(comparisons(scores), [0.05], source=SOURCE).point_for(0.05)
    assert point.threshold > np.float32(0.4)
    assert point.fmr_measured == 0.0


def test_the_curve_promises_less_and_less_for_higher_and_higher_thresholds():
    scores = np.random.default_rng(2).uniform(0.2, 0.8, 5000)
    curve = fit(comparisons(scores), [0.01], source=SOURCE).curve
    rates = [point.fmr for point in curve]
    assert rates == sorted(set(rates))
    assert all(a.threshold >= b.threshold for a, b in pairwise(curve))
    assert all(point.fmr_measured <= point.fmr_upper <= point.fmr for point in curve)
    assert rates[0] == clopper_pearson_upper(0, 5000)
    assert rates[-1] == 0.5
    assert {0.05, 0.005, 0.01} < set(rates)
    # Two decades and a bit between 0.0006 and 0.5, at 20 a decade.
    assert 58 <= len(rates) <= 62


def test_it_says_where_it_comes_from():
    calibration = fit(comparisons([0.1] * 400), [0.01], source=SOURCE)
    assert calibration.method == METHOD
    assert "independent" in METHOD
    assert (calibration.comparisons, calibration.confidence) == (400, 0.95)
    assert (calibration.identities, calibration.images) == (5, 40)
    assert (calibration.protocol, calibration.data_fingerprint) == ("all pairs", "f" * 64)


@pytest.mark.parametrize("count", [298, 299])
def test_the_rule_of_three_decides_what_is_supported(count):
    # 1 - 0.05^(1/n) <= 0.01 for n >= ln 0.05 / ln 0.99 = 298.07.
    assert comparisons_needed(0.01) == 299
    scores = np.linspace(0.1, 0.4, count)
    if count == 299:
        assert fit(comparisons(scores), [0.01], source=SOURCE).lowest <= 0.01
    else:
        with pytest.raises(CalibrationError, match=r"at least 299 .* got 298 \(1 missing\)"):
            fit(comparisons(scores), [0.01], source=SOURCE)


def test_no_comparisons_support_nothing():
    with pytest.raises(CalibrationError, match=r"at least 29 .* got 0 \(29 missing\)"):
        check_support([0.1], 0)


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, float("nan")])
def test_a_target_outside_zero_and_one_is_refused(target):
    with pytest.raises(InvalidInputError, match="strictly between 0 and 1"):
        fit(comparisons([0.1] * 400), [target], source=SOURCE)


def test_identities_with_one_embedding_cannot_be_told_apart():
    with pytest.raises(CalibrationError, match="8 of 408 non-mated comparisons have similarity 1"):
        fit(comparisons([0.1] * 400 + [1.0] * 8), [0.01], source=SOURCE)


def test_a_few_equal_embeddings_only_shorten_the_curve():
    # Eight of 408 comparisons are 1: about 2 percent always match, so 1 percent is out of
    # reach (above), while 10 percent is not.
    calibration = fit(comparisons([0.1] * 400 + [1.0] * 8), [0.1], source=SOURCE)
    assert 0.02 < calibration.lowest < 0.05


def moved(scores, seed):
    """The same comparisons, each a little otherwise, as rounded templates give them."""
    noise = np.random.default_rng(seed).normal(0, 0.002, len(scores))
    return np.clip(np.asarray(scores) + noise, 0, 1)


def test_other_scores_get_the_lowest_thresholds_at_which_no_more_match():
    """An oracle: try every score, and the number above it, as a threshold."""
    scores = np.sort(np.random.default_rng(1).beta(4, 4, 400).astype(np.float32))
    calibration = fit(comparisons(scores), [0.02, 0.1], source=SOURCE)
    others = np.sort(moved(scores, 2).astype(np.float32))
    other = refit(comparisons(others), calibration, [0.02, 0.1])
    candidates = np.concatenate([others, np.nextafter(others, np.float32(2))])
    assert len(other.curve) == len(calibration.curve)
    for own, exact in zip(other.curve, calibration.curve, strict=True):
        matches = np.sum(scores >= exact.threshold)
        assert own.threshold == min(t for t in candidates if np.sum(others >= t) <= matches)
        assert clopper_pearson_upper(int(np.sum(others >= own.threshold)), 400) <= own.fmr
        assert (own.fmr, own.fmr_upper) == (exact.fmr, exact.fmr_upper)
    assert [p.threshold for p in other.curve] != [p.threshold for p in calibration.curve]
    assert (other.method, other.comparisons, other.protocol) == (METHOD, 400, "all pairs")


def test_the_same_scores_get_the_same_thresholds():
    scores = np.random.default_rng(3).uniform(0.2, 0.8, 1000)
    calibration = fit(comparisons(scores), [0.01], source=SOURCE)
    assert refit(comparisons(scores), calibration, [0.01]) == calibration


def test_rounding_that_makes_templates_equal_shortens_the_curve():
    scores = np.linspace(0.1, 0.9, 408)
    calibration = fit(comparisons(scores), [0.1], source=SOURCE)
    same = np.concatenate([scores[:400], np.ones(8)])
    shorter = refit(comparisons(same), calibration, [0.1])
    assert calibration.lowest < 0.01 < shorter.lowest < 0.05
    assert shorter.curve[-1].fmr == calibration.curve[-1].fmr
    assert all(point.threshold <= 1.0 for point in shorter.curve)


def test_a_target_that_rounding_puts_out_of_reach_is_named():
    scores = np.linspace(0.1, 0.9, 408)
    calibration = fit(comparisons(scores), [0.01], source=SOURCE)
    same = np.concatenate([scores[:400], np.ones(8)])
    with pytest.raises(CalibrationError, match=r"FMR 0\.01: 8 of 408 non-mated comparisons have"):
        refit(comparisons(same), calibration, [0.01])
    with pytest.raises(CalibrationError, match="408 of 408 non-mated comparisons have"):
        refit(comparisons(np.ones(408)), calibration, [0.01])


def test_other_scores_are_of_the_same_comparisons():
    calibration = fit(comparisons(np.linspace(0.1, 0.9, 408)), [0.1], source=SOURCE)
    with pytest.raises(InvalidInputError, match=r"expected the 408 non-mated .* got 407"):
        refit(comparisons(np.linspace(0.1, 0.9, 407)), calibration, [0.1])
