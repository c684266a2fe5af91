import math

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import clopper_pearson, clopper_pearson_upper, most_errors, wilson

COUNTS = [(0, 1), (1, 1), (0, 20), (1, 20), (10, 20), (19, 20), (20, 20), (3, 1000), (70, 90_000)]
LARGE = [(5, 10**6), (450_000, 45_000_000), (22_500_000, 45_000_000), (44_999_999, 45_000_000)]


def binomial_at_most(k, n, p):
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


@pytest.mark.parametrize(("k", "n"), [(0, 20), (1, 20), (10, 20), (19, 20), (3, 40)])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_at_the_upper_bound_so_few_errors_are_just_unlikely_enough(k, n, confidence):
    upper = clopper_pearson_upper(k, n, confidence)
    assert binomial_at_most(k, n, upper) == pytest.approx(1 - confidence, rel=1e-10)


def test_the_rule_of_three():
    assert clopper_pearson_upper(0, 1000) == pytest.approx(1 - 0.05 ** (1 / 1000), rel=1e-12)
    assert clopper_pearson_upper(0, 10**9) == pytest.approx(-math.log(0.05) / 10**9, rel=1e-8)


@pytest.mark.parametrize(("k", "n"), COUNTS + LARGE)
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_the_bounds_are_scipys(k, n, confidence):
    beta = pytest.importorskip("scipy.stats").beta
    tail = (1 - confidence) / 2
    upper = 1.0 if k == n else beta.ppf(confidence, k + 1, n - k)
    low = 0.0 if k == 0 else beta.ppf(tail, k, n - k + 1)
    high = 1.0 if k == n else beta.ppf(1 - tail, k + 1, n - k)
    assert clopper_pearson_upper(k, n, confidence) == pytest.approx(upper, rel=1e-9)
    assert clopper_pearson(k, n, confidence) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(("k", "n"), COUNTS + LARGE)
def test_wilson_is_scipys(k, n):
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-15)


def test_wilson_by_hand():
    # k = 10, n = 20, z = 1.959964: centre (10 + z^2/2) / (20 + z^2) = 1/2, half-width
    # z * sqrt(10 * 10 / 20 + z^2 / 4) / (20 + z^2) = 1.959964 * sqrt(5.960365) / 23.841459.
    assert wilson(10, 20) == pytest.approx((0.5 - 0.200702, 0.5 + 0.200702), abs=1e-6)


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
@pytest.mark.parametrize(("k", "n"), COUNTS)
def test_an_interval_holds_its_share_and_mirrors(interval, k, n):
    low, high = interval(k, n)
    assert 0.0 <= low <= k / n <= high <= 1.0
    assert (low == 0.0) == (k == 0)
    assert (high == 1.0) == (k == n)
    mirrored = interval(n - k, n)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(("n", "rate"), [(10, 0.3), (58, 0.05), (59, 0.05), (1000, 0.01), (1, 0.5)])
@pytest.mark.parametrize("confidence", [0.3, 0.9, 0.95])
def test_the_most_errors_are_found_as_by_trying_each(n, rate, confidence):
    tried = [k for k in range(n) if clopper_pearson_upper(k, n, confidence) <= rate]
    assert most_errors(n, rate, confidence) == max(tried, default=-1)


def test_the_rule_of_three_decides_whether_no_error_is_enough():
    # 0.95 ** 58 = 0.0510 and 0.95 ** 59 = 0.0485.
    assert most_errors(58, 0.05) == -1
    assert most_errors(59, 0.05) == 0


@pytest.mark.parametrize("n", [300_000, 45_000_000])
def test_the_most_errors_of_many_trials_keep_the_bound(n):
    k = most_errors(n, 1e-3)
    assert clopper_pearson_upper(k, n) <= 1e-3 < clopper_pearson_upper(k + 1, n)


def test_numpy_integers_are_counts():
    assert clopper_pearson_upper(np.int64(3), np.int32(100)) == clopper_pearson_upper(3, 100)


@pytest.mark.parametrize(
    ("k", "n", "confidence", "message"),
    [
        (-1, 10, 0.95, "expected 0 <= errors <= trials and a trial, got -1 of 10"),
        (11, 10, 0.95, "got 11 of 10"),
        (0, 0, 0.95, "got 0 of 0"),
        (1, 10, 0.0, "the confidence must lie strictly between 0 and 1, got 0"),
        (1, 10, 95.0, "got 95"),
        (1, 10, float("nan"), "got nan"),
    ],
)
@pytest.mark.parametrize("interval", [clopper_pearson_upper, clopper_pearson, wilson])
def test_numbers_out_of_range_are_refused(interval, k, n, confidence, message):
    with pytest.raises(InvalidInputError, match=message):
        interval(k, n, confidence)


@pytest.mark.parametrize("rate", [0.0, 1.0, float("nan")])
def test_a_rate_that_cannot_be_shown_is_refused(rate):
    with pytest.raises(InvalidInputError, match="a rate must lie strictly between 0 and 1"):
        most_errors(10, rate)


def test_a_share_is_not_a_count():
    with pytest.raises(TypeError):
        clopper_pearson_upper(0.5, 10)
