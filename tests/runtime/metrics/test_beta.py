import math

import pytest

from twinlet.metrics.beta import inverse_regularised_beta, regularised_beta


@pytest.mark.parametrize(
    ("x", "a", "b", "expected"),
    [
        (0.3, 1, 1, 0.3),  # uniform
        (0.3, 2, 1, 0.09),  # x ** a
        (0.3, 1, 2, 1 - 0.49),  # 1 - (1 - x) ** b
        (0.5, 7.5, 7.5, 0.5),  # symmetric
        # Arcsine distribution: 2 / pi * asin(sqrt(x)).
        (0.2, 0.5, 0.5, 2 / math.pi * math.asin(math.sqrt(0.2))),
        (0.0, 3, 4, 0.0),
        (1.0, 3, 4, 1.0),
        (-1.0, 3, 4, 0.0),
    ],
)
def test_closed_forms(x, a, b, expected):
    assert regularised_beta(x, a, b) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("k", "n", "p"), [(0, 5, 0.1), (2, 9, 0.7), (4, 20, 0.2), (19, 20, 0.9)])
def test_it_is_the_tail_of_the_binomial_distribution(k, n, p):
    # P(more than k errors in n trials at rate p), term by term.
    tail = sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1, n + 1))
    assert regularised_beta(p, k + 1, n - k) == pytest.approx(tail, rel=1e-12)


SHAPES = [(0.5, 0.5), (1, 40), (40, 1), (3, 1e6), (1e6, 3), (5e4, 1e6), (1e7, 1.1e7)]


@pytest.mark.parametrize(("a", "b"), SHAPES)
@pytest.mark.parametrize("probability", [1e-6, 0.025, 0.5, 0.95, 0.999])
def test_it_is_scipys(a, b, probability):
    special = pytest.importorskip("scipy.special")
    # 2e-8 for shapes of 1e7: see the error that the docstring states.
    tolerance = 1e-12 + 4e-16 * (a + b) * math.log(a + b)
    x = float(special.betaincinv(a, b, probability))
    assert regularised_beta(x, a, b) == pytest.approx(
        float(special.betainc(a, b, x)), rel=tolerance
    )
    assert inverse_regularised_beta(probability, a, b) == pytest.approx(x, rel=1e-9)


@pytest.mark.parametrize(("a", "b"), SHAPES)
@pytest.mark.parametrize("probability", [1e-9, 0.05, 0.5, 0.95])
def test_the_inverse_goes_back(a, b, probability):
    x = inverse_regularised_beta(probability, a, b)
    assert regularised_beta(x, a, b) == pytest.approx(probability, rel=1e-6)
