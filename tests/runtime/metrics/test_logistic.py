"""Logistic regression beside scikit-learn's."""

import numpy as np
import pytest

from twinlet.metrics.logistic import logistic_log_odds


@pytest.mark.parametrize("seed", range(4))
def test_it_is_scikit_learns(seed):
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(seed)
    scores = np.sort(rng.uniform(0.3, 0.9, 40))
    yes, no = rng.uniform(0, 9, 40) * scores, rng.uniform(0, 9, 40) * (1 - scores)
    found = logistic_log_odds(scores, yes, no)
    # Nearly unpenalised, as ours is where scores do not separate.
    model = linear_model.LogisticRegression(C=1e9, tol=1e-10, max_iter=10_000)
    rows = ((scores - 0.6) / 0.17)[:, np.newaxis]
    model.fit(
        np.vstack([rows, rows]),
        np.repeat([1, 0], 40),
        sample_weight=np.concatenate([yes, no]),
    )
    assert found == pytest.approx(model.decision_function(rows), abs=2e-3)


def test_a_true_line_is_found():
    scores = np.linspace(0, 1, 50)
    chance = 1 / (1 + np.exp(-(7 * scores - 4)))
    found = logistic_log_odds(scores, 1e6 * chance, 1e6 * (1 - chance))
    assert found == pytest.approx(7 * scores - 4, abs=1e-5)


def test_where_scores_separate_the_line_is_steep_and_finite():
    found = logistic_log_odds(
        np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 50, 50.0]), np.array([50, 50, 0, 0.0])
    )
    assert np.isfinite(found).all()
    assert found[1] < -5.0 < 5.0 < found[2]


def test_it_never_falls():
    found = logistic_log_odds(np.array([0.1, 0.9]), np.array([30.0, 10.0]), np.array([5.0, 15.0]))
    assert found == pytest.approx([np.log(2), np.log(2)])


def test_few_cases_at_two_scores():
    # With one case of each outcome at each score, nothing is known.
    found = logistic_log_odds(np.array([0.1, 0.9]), np.ones(2), np.ones(2))
    assert found == pytest.approx([0.0, 0.0], abs=1e-9)
