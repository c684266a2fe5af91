"""Scores at even distances of rank stand for all."""

import numpy as np
import pytest

from twinlet.metrics.thinning import evenly


def test_few_are_all_taken():
    scores = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    assert evenly(scores, 3) is scores


def test_they_are_the_middles_of_equal_stretches():
    scores = np.arange(12, dtype=np.float32)
    assert evenly(scores, 4).tolist() == [1.0, 4.0, 7.0, 10.0]
    assert evenly(scores, 1).tolist() == [6.0]


@pytest.mark.parametrize("most", [100, 999])
def test_means_of_rising_functions_are_off_by_less_than_their_range_over_the_number(most):
    scores = np.sort(np.random.default_rng(0).beta(0.3, 0.3, 100_003)).astype(np.float32)
    for function in (np.sqrt, np.exp, lambda s: (s > 0.7) * 1.0):
        span = function(scores[-1]) - function(scores[0])
        assert abs(function(evenly(scores, most)).mean() - function(scores).mean()) < span / most
