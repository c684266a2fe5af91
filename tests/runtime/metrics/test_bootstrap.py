import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    auc,
    compare_all,
    draw_resamples,
    eer,
    fnmr_at_fmr,
    recall_at_k,
    replicate,
    wilson,
)
from twinlet.metrics.bootstrap import estimate


def world(identities=20, images=4, *, noise=0.8, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), images)
    vectors = rng.normal(size=(identities, 6))[labels] + noise * rng.normal(size=(len(labels), 6))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_the_data_as_it_is_has_the_exact_figures():
    templates, labels = world(60, 6)
    resamples = draw_resamples(labels, unit="identity", resamples=20)
    found = replicate(templates, labels, resamples, fmrs=(0.01,), recalls=(1, 3))
    comparisons = compare_all(templates, labels)
    assert {name: values[0] for name, values in found.values.items()} == pytest.approx(
        {
            "auc": auc(comparisons),
            "eer": eer(comparisons),
            "fnmr_at_fmr_0.01": fnmr_at_fmr(comparisons, 0.01),
            "recall_at_1": recall_at_k(templates, labels, 1),
            "recall_at_3": recall_at_k(templates, labels, 3),
        },
        rel=1e-12,
    )


def test_a_resample_of_identities_is_the_data_written_out():
    # An identity that is taken twice is two identities of the same images; comparing those two
    # copies with each other is left out.
    templates, labels = world(12, 3)
    resamples = draw_resamples(labels, unit="identity", resamples=20)
    found = replicate(templates, labels, resamples)
    comparisons = compare_all(templates, labels)
    hits = [recall_at_k(templates, labels, 1)]
    assert found.values["recall_at_1"][0] == pytest.approx(hits[0])
    for r in (1, 2, 3):
        weights = resamples.weights[:, r].astype(int)
        wins = total = 0.0
        scores = np.clip(templates @ templates.T, -1, 1)
        mated, other = [], []
        for i in range(len(labels)):
            for j in range(i):
                a, b = labels[i], labels[j]
                if a == b:
                    mated += [scores[i, j]] * weights[a]
                else:
                    other += [scores[i, j]] * (weights[a] * weights[b])
        wins = (np.array(mated)[:, None] > np.array(other)).sum()
        total = len(mated) * len(other)
        assert found.values["auc"][r] == pytest.approx(wins / total)
    assert comparisons.identities == 12


def test_intervals_hold_their_values():
    templates, labels = world()
    for unit in ("identity", "image"):
        resamples = draw_resamples(labels, unit=unit)
        found = replicate(templates, labels, resamples, fmrs=(0.05,)).estimates()
        for one in found.values():
            low, high = one.interval
            assert low < one.value < high
            assert one.to_json() == {"value": one.value, "interval": [low, high]}


def test_scores_that_separate_are_not_certain_of_it():
    templates, labels = world(20, 4, noise=0.01)
    found = replicate(templates, labels, draw_resamples(labels, unit="identity")).estimates()
    assert (found["auc"].value, found["eer"].value) == (1.0, 0.0)
    assert found["eer"].interval == pytest.approx(wilson(0, 20))
    assert found["auc"].interval == pytest.approx(wilson(20, 20))


def test_nine_identities_give_no_interval():
    templates, labels = world(9, 4)
    found = replicate(templates, labels, draw_resamples(labels, unit="identity")).estimates()
    assert all(one.interval is None for one in found.values())
    assert found["auc"].to_json()["interval"] is None


def test_resamples_without_comparisons_say_nothing():
    values = np.array([0.5, np.nan, 0.4, 0.6])
    low, high = estimate(values, 20).interval
    assert 0.4 <= low < high <= 0.6
    assert estimate(np.array([0.5, np.nan, np.nan, 0.6]), 20).interval is None


def test_few_clusters_reach_further_out():
    values = np.append(0.0, np.linspace(0.0, 1.0, 1001))
    spans = [np.diff(estimate(values, clusters).interval)[0] for clusters in (10, 30, 10_000)]
    assert spans[0] > spans[1] > spans[2]
    assert spans[2] == pytest.approx(0.95, abs=1e-3)


def test_intervals_of_other_identities_hold_the_true_area_about_as_often_as_they_say():
    true = np.mean([auc(compare_all(*world(30, 3, seed=seed))) for seed in range(1000, 1150)])
    held = []
    for seed in range(40):
        templates, labels = world(30, 3, seed=seed)
        resamples = draw_resamples(labels, unit="identity", resamples=60)
        low, high = replicate(templates, labels, resamples).estimates()["auc"].interval
        held.append(low <= true <= high)
    # Binomial with 0.95 and 40 worlds: fewer than 33 happens once in 3,000.
    assert sum(held) >= 33


def test_bad_input_is_refused():
    templates, labels = world()
    resamples = draw_resamples(labels, unit="identity")
    with pytest.raises(InvalidInputError, match="target FMR"):
        replicate(templates, labels, resamples, fmrs=(0.0,))
    with pytest.raises(InvalidInputError, match="k must be at least 1"):
        replicate(templates, labels, resamples, recalls=(0,))
    with pytest.raises(InvalidInputError, match="confidence"):
        replicate(templates, labels, resamples).estimates(1.0)
