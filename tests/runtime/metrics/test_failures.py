import itertools

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    Comparisons,
    fnmr,
    fnmr_with_failures,
    generalised_far,
    generalised_frr,
    lost_mated,
)


def test_by_hand():
    # Of 100 references 90 are there, of 100 probes 80, and of those comparisons 3/4 match:
    # 0.9 * 0.8 * 0.75 = 0.54 of attempts succeed.
    assert generalised_frr(0.25, fta=0.2, fte=0.1) == pytest.approx(1 - 0.54)
    assert generalised_far(0.25, fta=0.2, fte=0.1) == pytest.approx(0.9 * 0.8 * 0.25)


def test_single_images_fail_as_references_as_often_as_as_probes():
    np.testing.assert_allclose(generalised_frr([0.0, 0.5, 1.0], fta=0.1), [0.19, 0.595, 1.0])
    np.testing.assert_allclose(generalised_far([[0.0], [1.0]], fta=0.1), [[0.0], [0.81]])


def test_without_failures_the_rates_are_those_of_comparisons():
    rates = np.linspace(0, 1, 7)
    np.testing.assert_array_equal(generalised_frr(rates, fta=0.0), 1 - (1 - rates))
    np.testing.assert_array_equal(generalised_far(rates, fta=0.0), rates)


def test_whoever_brings_nothing_usable_is_turned_away():
    assert generalised_frr(0.0, fta=1.0) == 1.0
    assert generalised_far(1.0, fta=1.0) == 0.0


@pytest.mark.parametrize("failed", [[], ["a"], ["a", "a", "c"], ["d", "d"]])
def test_lost_comparisons_are_those_of_a_loop(failed):
    labels = ["a", "a", "b", "b", "b", "c"]
    images = [(name, True) for name in labels] + [(name, False) for name in failed]
    expected = sum(
        one[0] == other[0] and not (one[1] and other[1])
        for one, other in itertools.combinations(images, 2)
    )
    assert lost_mated(labels, failed) == expected


def test_lost_comparisons_are_misses():
    scores = Comparisons.from_scores([0.5, 0.625, 0.75], [0.25])
    found = fnmr_with_failures(scores, [-np.inf, 0.625, np.inf], lost=2)
    assert found.tolist() == [2 / 5, 3 / 5, 1.0]
    np.testing.assert_array_equal(
        fnmr_with_failures(scores, [0.5, 0.7], lost=0), fnmr(scores, [0.5, 0.7])
    )


def test_the_estimate_is_what_drawing_failures_gives_on_average():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(40), 10)
    shares = []
    for _ in range(50):
        failed = rng.random(len(labels)) < 0.2
        lost = lost_mated(labels[~failed], labels[failed])
        shares.append(lost / (40 * 45))  # of the comparisons that were to be
    assert np.mean(shares) == pytest.approx(float(generalised_frr(0.0, fta=0.2)), abs=0.01)


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_what_is_no_rate(rate):
    with pytest.raises(InvalidInputError, match=r"FTA must lie in \[0, 1\]"):
        generalised_frr(0.1, fta=rate)
    with pytest.raises(InvalidInputError, match=r"FTE must lie in \[0, 1\]"):
        generalised_far(0.1, fta=0.1, fte=rate)
    with pytest.raises(InvalidInputError, match=r"FNMR must lie in \[0, 1\]"):
        generalised_frr([0.5, rate], fta=0.1)


@pytest.mark.parametrize(
    ("labels", "failed", "message"),
    [
        ([1, 2], [[1]], r"failed must be integers or strings of shape \(n,\), got int64 of shape"),
        ([1.5], [1], "labels must be integers or strings"),
        (["1"], [1], "must name identities alike, got <U1 and int64"),
    ],
)
def test_what_names_no_identities(labels, failed, message):
    with pytest.raises(InvalidInputError, match=message):
        lost_mated(labels, failed)


def test_less_than_no_comparison_is_lost():
    with pytest.raises(InvalidInputError, match="lost must be a count of comparisons, got -1"):
        fnmr_with_failures(Comparisons.from_scores([0.5], [0.5]), 0.5, lost=-1)
