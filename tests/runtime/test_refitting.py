"""Other scores of the same images: the same promises, at other thresholds."""

import numpy as np
import pytest

from twinlet.calibrating import Source, fit, fit_independent
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import Comparisons, clopper_pearson_upper, compare_all
from twinlet.refitting import refit

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


def moved(scores, seed):
    """The same comparisons, each a little otherwise, as rounded templates give them."""
    noise = np.random.default_rng(seed).normal(0, 0.002, len(scores))
    return np.clip(np.asarray(scores) + noise, 0, 1)


def test_other_scores_get_the_lowest_thresholds_at_which_no_more_match():
    """An oracle: try every score, and the number above it, as a threshold."""
    scores = np.sort(np.random.default_rng(1).beta(4, 4, 400).astype(np.float32))
    calibration = independent(scores, [0.02, 0.1])
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
    assert (other.comparisons, other.protocol) == (400, "all pairs")


def test_the_same_scores_get_the_same_thresholds():
    scores = np.random.default_rng(3).uniform(0.2, 0.8, 1000)
    calibration = independent(scores, [0.01])
    assert refit(comparisons(scores), calibration, [0.01]) == calibration


def test_other_scores_are_not_extrapolated():
    templates, labels = world(identities=40, images=5)
    calibration = fitted(templates, labels, [0.1], extrapolate=True)
    other = refit(compare_all(templates, labels), calibration, [0.1])
    assert other.curve == calibration.supported


def test_rounding_that_makes_templates_equal_shortens_the_curve():
    scores = np.linspace(0.1, 0.9, 408)
    calibration = independent(scores, [0.1])
    same = np.concatenate([scores[:400], np.ones(8)])
    shorter = refit(comparisons(same), calibration, [0.1])
    assert calibration.lowest < 0.01 < shorter.lowest < 0.05
    assert shorter.curve[-1].fmr == calibration.curve[-1].fmr
    assert all(point.threshold <= 1.0 for point in shorter.curve)


def test_a_target_that_rounding_puts_out_of_reach_is_named():
    calibration = independent(np.linspace(0.1, 0.9, 408), [0.01])
    same = np.concatenate([np.linspace(0.1, 0.9, 408)[:400], np.ones(8)])
    with pytest.raises(CalibrationError, match=r"FMR 0\.01: 8 of 408 non-mated comparisons have"):
        refit(comparisons(same), calibration, [0.01])
    with pytest.raises(CalibrationError, match="408 of 408 non-mated comparisons have"):
        refit(comparisons(np.ones(408)), calibration, [0.01])


def test_other_scores_are_of_the_same_comparisons():
    calibration = independent(np.linspace(0.1, 0.9, 408), [0.1])
    with pytest.raises(InvalidInputError, match=r"expected the 408 non-mated .* got 407"):
        refit(comparisons(np.linspace(0.1, 0.9, 407)), calibration, [0.1])


def test_identities_of_one_image_are_enough():
    templates, _ = world(60, 1)
    calibration = fit(templates, np.arange(60), [0.1], unit="identity", source=SOURCE)
    assert (calibration.comparisons, calibration.images) == (60 * 59 // 2, 60)
