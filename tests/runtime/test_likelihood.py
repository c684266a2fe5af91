"""From similarity to evidence, from evidence and prior to probability."""

import math

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.likelihood import Likelihood, probability

RATIOS = Likelihood("by hand", ((0.5, -2.0), (0.6, 0.0), (0.8, 6.0)), 1, 1, 0.5, 0.4)


@pytest.mark.parametrize(
    ("similarity", "ratio"),
    [(0.5, -2.0), (0.55, -1.0), (0.6, 0.0), (0.7, 3.0), (0.8, 6.0), (0.0, -2.0), (1.0, 6.0)],
)
def test_it_is_linear_between_knots_and_constant_beyond(similarity, ratio):
    assert RATIOS.log_ratios(similarity) == pytest.approx(ratio)


def test_shapes_are_kept_and_one_knot_suffices():
    assert RATIOS.log_ratios(np.full((2, 3), 0.6, dtype=np.float32)).shape == (2, 3)
    alone = Likelihood("by hand", ((0.5, 0.0),), 1, 1, 1.0, 1.0)
    assert alone.log_ratios([0.0, 0.5, 1.0]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -0.1, 1.1, [0.5, math.nan]])
def test_what_is_no_similarity_is_refused(wrong):
    with pytest.raises(InvalidInputError, match=r"expected angular similarities in \[0, 1\], got"):
        RATIOS.log_ratios(wrong)


@pytest.mark.parametrize("prior", [0.001, 0.5, 0.9])
@pytest.mark.parametrize("ratio", [-6.0, 0.0, 2.5])
def test_it_is_bayes_rule(prior, ratio):
    by_hand = prior * math.exp(ratio) / (prior * math.exp(ratio) + 1 - prior)
    assert probability(ratio, prior) == pytest.approx(by_hand, rel=1e-12)


def test_without_evidence_the_prior_stays():
    assert probability(0.0, 0.2) == pytest.approx(0.2, rel=1e-15)


@pytest.mark.parametrize("ratio", [-5000.0, 5000.0])
def test_nothing_overflows(ratio):
    assert probability(ratio, 0.3) == (1.0 if ratio > 0 else 0.0)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 1.1, math.nan, math.inf])
def test_a_prior_that_no_evidence_moves_is_refused(prior):
    with pytest.raises(InvalidInputError, match="the prior must lie strictly between 0 and 1"):
        probability(1.0, prior)


@pytest.mark.parametrize("ratio", [math.nan, math.inf, -math.inf])
def test_infinite_evidence_is_refused(ratio):
    with pytest.raises(InvalidInputError, match="must be finite"):
        probability(ratio, 0.5)
