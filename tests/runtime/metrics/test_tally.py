import tracemalloc

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    auc,
    candidate_thresholds,
    compare_all,
    count_at_least,
    eer,
    fmr,
    fnmr,
    on_step,
    tally,
    tally_all,
)
from twinlet.metrics.tally import STEPS

E = np.eye(3)


def labelled(seed, n=60, identities=5, d=6):
    """Templates around their identity's, so that both rates move."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, identities, n)
    vectors = rng.normal(size=(identities, d))[labels] + rng.normal(size=(n, d))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_three_images_by_hand():
    found = tally_all(E[[0, 0, 1]], ["ann", "ann", "bob"])
    assert (found.identities, found.images) == (2, 3)
    assert np.flatnonzero(found.mated).tolist() == [STEPS]  # similarity 1
    assert np.flatnonzero(found.non_mated).tolist() == [STEPS // 2]  # similarity 1/2
    assert found.non_mated[STEPS // 2] == 2
    assert found.fmr([-np.inf, 0.0, 0.5, 0.5 + 1 / STEPS, 1.0, np.inf]).tolist() == [
        *(1, 1, 1, 0, 0, 0)
    ]
    assert found.fnmr([-np.inf, 0.5, 1.0, 1.0 + 1 / STEPS, np.inf]).tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("block", [1, 100, 1_000_000])
def test_rates_are_those_of_keeping_every_comparison(monkeypatch, block):
    monkeypatch.setattr(tally, "BLOCK_ELEMENTS", block)
    templates, labels = labelled(1)
    found, kept = tally_all(templates, labels), compare_all(templates, labels)
    thresholds = np.append(on_step(np.concatenate([kept.mated, kept.non_mated])), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(found.fmr(thresholds), fmr(kept, thresholds))
    np.testing.assert_array_equal(found.fnmr(thresholds), fnmr(kept, thresholds))


def test_enrolled_templates_are_those_of_compare_all():
    templates, labels = labelled(2)
    enrolled = labelled(3)[0]
    found = tally_all(templates, labels, enrolled=enrolled)
    kept = compare_all(templates, labels, enrolled=enrolled)
    steps = np.arange(0, STEPS, 1000) / STEPS
    np.testing.assert_array_equal(found.fmr(steps), fmr(kept, steps))
    np.testing.assert_array_equal(found.fnmr(steps), fnmr(kept, steps))


def test_a_threshold_lets_no_more_match_and_is_the_lowest_such_step():
    templates, labels = labelled(4)
    found, kept = tally_all(templates, labels), compare_all(templates, labels)
    allowed = np.arange(len(kept.non_mated))
    thresholds = found.threshold_letting(allowed)
    assert (count_at_least(kept.non_mated, thresholds) <= allowed).all()
    assert (count_at_least(kept.non_mated, thresholds - 1 / STEPS) > allowed).all()
    assert found.threshold_letting(len(kept.non_mated)) == 0.0


def test_what_has_similarity_one_is_kept_out_above_one_only():
    found = tally_all(E[[0, 0, 0]], [1, 1, 2])
    assert found.threshold_letting([0, 1, 2]).tolist() == [1 + 1 / STEPS, 1 + 1 / STEPS, 0.0]
    assert found.candidate_thresholds().tolist() == []


def test_candidates_are_a_step_above_those_of_all_scores():
    templates, labels = labelled(5, n=120)
    found, kept = tally_all(templates, labels), compare_all(templates, labels)
    exact = candidate_thresholds(kept.non_mated)
    np.testing.assert_array_equal(found.candidate_thresholds(), np.unique(on_step(exact)))


@pytest.mark.parametrize("seed", range(8))
def test_bounds_hold_the_exact_figures(seed):
    templates, labels = labelled(seed, n=80)
    found, kept = tally_all(templates, labels), compare_all(templates, labels)
    for (low, high), exact in ((found.auc(), auc(kept)), (found.eer(), eer(kept))):
        assert low <= exact <= high
    assert np.diff(found.auc())[0] < 1e-5


def test_bounds_where_all_scores_are_equal():
    found = tally_all(E[[0, 0, 0, 0]], [1, 1, 2, 2])
    assert found.auc() == (0.0, 1.0)
    assert found.eer() == (0.0, 1.0)


def test_bounds_where_scores_separate():
    found = tally_all(E[[0, 0, 1, 1]], [1, 1, 2, 2])
    assert found.auc() == (1.0, 1.0)
    assert found.eer() == (0.0, 0.0)


def test_memory_does_not_grow_with_the_comparisons():
    peaks = []
    for images in (1500, 4000):
        templates, labels = labelled(0, n=images, identities=200)
        tracemalloc.start()
        tally_all(templates, labels)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 6,900,000 comparisons more would be 27 MB more in float32.
    assert peaks[1] - peaks[0] < 5e6


@pytest.mark.parametrize("threshold", [0.3, float("nan"), 1e-9])
def test_between_two_steps_nothing_is_counted(threshold):
    found = tally_all(E[[0, 0, 1]], [1, 1, 2])
    with pytest.raises(InvalidInputError, match=r"on a step of 2 [*][*] -20, got .*`on_step`"):
        found.fmr([0.5, threshold])


@pytest.mark.parametrize(
    ("labels", "message"),
    [([1, 1, 1], "no non-mated pairs"), ([1, 2, 3], "no mated pairs"), ([1, 2], "labels must")],
)
def test_what_cannot_be_compared_is_refused(labels, message):
    with pytest.raises(InvalidInputError, match=message):
        tally_all(E, labels)
