import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, det, deviates, fmr, fnmr, roc


def tied_scores(seed, m=50, n=140, steps=64):
    """Scores on a coarse grid, so that many tie within and across the two sides."""
    rng = np.random.default_rng(seed)
    return Comparisons.from_scores(
        rng.binomial(steps, 0.6, m) / steps, rng.binomial(steps, 0.5, n) / steps
    )


def test_by_hand():
    curve = det(Comparisons.from_scores([0.75, 0.5], [0.5, 0.25]))
    assert curve.thresholds.tolist() == [np.nextafter(np.float32(0.75), 1), 0.75, 0.5, 0.25]
    assert curve.fmr.tolist() == [0, 0, 0.5, 1]
    assert curve.fnmr.tolist() == [1, 0.5, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_a_small_curve_has_every_point_of_scikit_learns(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    scores = tied_scores(seed)
    curve = det(scores)
    values = np.concatenate([scores.mated, scores.non_mated]).astype(float)
    # By rising threshold, from where the FNMR is still 0 to where the FMR is first 0.
    expected = metrics.det_curve(np.repeat([1, 0], [50, 140]), values, drop_intermediate=False)
    finite = np.isfinite(expected[2])  # some versions end with an infinite threshold
    ours = {t: (x, y) for t, x, y in zip(curve.thresholds, curve.fmr, curve.fnmr, strict=True)}
    assert finite.sum() > 10
    for false_matches, misses, threshold in zip(*(part[finite] for part in expected), strict=True):
        assert ours[threshold] == pytest.approx((false_matches, misses), abs=1e-15)


def test_a_large_curve_is_exact_where_it_has_points():
    rng = np.random.default_rng(1)
    scores = Comparisons.from_scores(rng.beta(8, 3, 20_000), rng.beta(4, 4, 90_000))
    curve = det(scores, points=50)
    assert len(curve.thresholds) <= 50
    np.testing.assert_array_equal(curve.thresholds, roc(scores, points=50).thresholds)
    np.testing.assert_array_equal(curve.fmr, fmr(scores, curve.thresholds))
    np.testing.assert_array_equal(curve.fnmr, fnmr(scores, curve.thresholds))
    assert (np.diff(curve.fmr) >= 0).all()
    assert (np.diff(curve.fnmr) <= 0).all()


def test_too_few_points_are_refused():
    with pytest.raises(InvalidInputError, match="at least 8 points, got 7"):
        det(tied_scores(0), points=7)


def test_deviates_are_those_of_the_normal_distribution():
    # Quantiles from tables: 0.5 -> 0, 0.025 -> -1.959964, 0.99 -> 2.326348.
    found = deviates([[0.5, 0.025], [0.99, 0.01]], 1000)
    np.testing.assert_allclose(found, [[0, -1.959964], [2.326348, -2.326348]], atol=1e-6)


def test_rates_without_a_deviate_are_drawn_at_half_a_comparison():
    found = deviates([0.0, 0.005, 1.0], 100)
    assert found[0] == found[1] == -found[2]
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("rates", "comparisons"), [([0.5, -0.1], 10), ([1.1], 10), ([float("nan")], 10), ([0.5], 0)]
)
def test_what_has_no_place_on_the_axis(rates, comparisons):
    with pytest.raises(InvalidInputError, match="expected rates in"):
        deviates(rates, comparisons)
