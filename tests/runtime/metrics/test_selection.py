import itertools

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import count_at_least
from twinlet.metrics.selection import HIGHEST, candidate_thresholds, lowest_holding


def rising(count, seed=0):
    return np.sort(np.random.default_rng(seed).random(count).astype(np.float32))


@pytest.mark.parametrize("count", [1, 2, 7, 1000, 200_000])
def test_candidates_go_from_half_of_all_comparisons_to_none(count):
    scores = rising(count)
    thresholds = candidate_thresholds(scores)
    matches = count_at_least(scores, thresholds)
    assert (np.diff(thresholds) > 0).all()
    assert matches[-1] == 0
    assert matches[0] == int(HIGHEST * count) or count == 1
    # Neighbours differ by 6 percent, rounded to whole matches.
    assert all(b >= 0.94 * a - 1 for a, b in itertools.pairwise(matches))


def test_a_threshold_above_one_decides_nothing():
    assert len(candidate_thresholds(np.ones(10, dtype=np.float32))) == 0
    half = np.array([0.5] * 6 + [1.0] * 4, dtype=np.float32)
    assert candidate_thresholds(half).tolist() == [float(np.nextafter(np.float32(0.5), 1))]


def test_the_lowest_threshold_that_holds_is_taken():
    bounds = np.array([0.6, 0.2, 0.05, 0.01])
    assert lowest_holding(bounds, 0.2) == 1
    assert lowest_holding(bounds, 0.19) == 2
    assert lowest_holding(bounds, 0.009) is None
    assert lowest_holding(np.empty(0), 0.1) is None


@pytest.mark.parametrize("target", [0.0, 1.0, float("nan")])
def test_targets_outside_their_range_are_refused(target):
    with pytest.raises(InvalidInputError, match="target"):
        lowest_holding(np.array([0.1]), target)
