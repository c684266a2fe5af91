import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons
from twinlet.metrics.separation import d_prime


def test_it_is_the_distance_of_the_means_in_pooled_deviations():
    comparisons = Comparisons.from_scores([0.75, 0.25], [0.125, 0.375])
    # Means 0.5 and 0.25; variances 1/16 and 1/64.
    assert d_prime(comparisons) == pytest.approx(0.25 / ((1 / 16 + 1 / 64) / 2) ** 0.5)


def test_it_is_negative_the_wrong_way_round():
    assert d_prime(Comparisons.from_scores([0.1, 0.2], [0.8, 0.9])) < 0


def test_scores_without_spread_are_refused():
    with pytest.raises(InvalidInputError, match=r"that differ, got only 0\.5 for mated and 0\.25"):
        d_prime(Comparisons.from_scores([0.5, 0.5], [0.25]))
