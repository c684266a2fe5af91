"""Predicted and observed, beside a loop over all comparisons."""

import json
import math

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, reliability


def ratios(scores):
    return 10.0 * (scores.astype(np.float64) - 0.5)


def by_loop(comparisons, groups):
    """Each comparison weighs one over the number of its kind."""
    sums = {}
    for scores, mated in ((comparisons.mated, 1), (comparisons.non_mated, 0)):
        for score in scores:
            chance = 1 / (1 + math.exp(-ratios(score)))
            group = sums.setdefault(min(int(chance * groups), groups - 1), [0, 0, 0.0, 0.0])
            group[1 - mated] += 1
            group[2] += chance / len(scores)
            group[3] += 1 / len(scores)
    return [
        (chance / weight, m / len(comparisons.mated) / weight, m, n)
        for _, (m, n, chance, weight) in sorted(sums.items())
    ]


@pytest.mark.parametrize("groups", [1, 7, 10])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_loop(seed, groups):
    rng = np.random.default_rng(seed)
    comparisons = Comparisons.from_scores(rng.beta(4, 2, 200), rng.beta(2, 4, 700))
    found = reliability(comparisons, ratios, groups)
    expected = np.array(by_loop(comparisons, groups))
    assert np.stack(list(vars(found).values()), axis=1) == pytest.approx(expected, abs=1e-9)
    assert found.mated.sum() == 200


def test_what_is_calibrated_lies_on_the_diagonal():
    """Ratios of two normal distributions, which are known."""
    rng = np.random.default_rng(5)
    comparisons = Comparisons.from_scores(
        rng.normal(0.6, 0.06, 200_000).clip(0, 1), rng.normal(0.5, 0.06, 400_000).clip(0, 1)
    )

    def true(scores):
        return (scores.astype(np.float64) - 0.55) * 0.1 / 0.06**2

    found = reliability(comparisons, true)
    assert len(found.predicted) == 10
    assert found.observed == pytest.approx(found.predicted, abs=0.01)
    # Twice as sure as one may be: the low ones happen more often than said, the high ones less.
    bold = reliability(comparisons, lambda scores: 2 * true(scores))
    assert bold.observed[1] > bold.predicted[1] + 0.05
    assert bold.observed[-2] < bold.predicted[-2] - 0.05


def test_groups_without_comparisons_are_left_out():
    found = reliability(Comparisons.from_scores([0.9], [0.1, 0.1]), ratios)
    assert (found.mated.tolist(), found.non_mated.tolist()) == ([0, 1], [2, 0])
    assert found.observed.tolist() == [0.0, 1.0]


def test_it_has_a_json_form():
    found = reliability(Comparisons.from_scores([0.9], [0.1, 0.1]), ratios)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(values) == ["predicted", "observed", "mated", "non_mated"]
    assert values["non_mated"] == [2, 0]


def test_no_group_is_refused():
    with pytest.raises(InvalidInputError, match="at least one group, got 0"):
        reliability(Comparisons.from_scores([0.9], [0.1]), ratios, 0)
