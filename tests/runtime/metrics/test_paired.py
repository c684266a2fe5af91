"""Differences of a file and its twin against loops over pairs, and how far intervals reach."""

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import draw_resamples, replicate
from twinlet.metrics.paired import RESAMPLES, agreement, differences, more_misses, resampled
from twinlet.metrics.resamples import CONFIDENCE
from twinlet.templates import normalise


def similarity(a, b):
    return 1.0 - np.arccos(np.clip(float(a @ b), -1.0, 1.0)) / np.pi


def made(seed, images=12, identities=3, noise=0.5):
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % identities
    centres = rng.normal(size=(identities, 6))
    twin = normalise((centres[labels] + noise * rng.normal(size=(images, 6))).astype(np.float32))
    file = normalise((twin + 0.3 * rng.normal(size=twin.shape)).astype(np.float32))
    return labels, twin, file


def fnmr_by_loop(templates, threshold, labels, counts):
    missed = mated = 0.0
    for i in range(len(labels)):
        for j in range(len(labels)):
            if i != j and labels[i] == labels[j]:
                weight = counts[i] * counts[j]
                mated += weight
                missed += weight * (similarity(templates[i], templates[j]) < threshold)
    return missed / mated


def test_the_first_resample_is_the_images_and_the_others_are_as_many():
    weights = resampled(9, seed=1)
    assert weights.shape == (9, 1 + RESAMPLES)
    assert (weights[:, 0] == 1.0).all()
    assert (weights.sum(axis=0) == 9.0).all()
    np.testing.assert_array_equal(weights, resampled(9, seed=1))


def test_misses_are_those_of_a_loop_over_pairs_in_every_resample():
    labels, twin, file = made(0)
    weights = resampled(len(labels), seed=2)
    found = more_misses((twin, 0.7), (file, 0.72), labels, weights)
    differences = [
        fnmr_by_loop(file, 0.72, labels, counts) - fnmr_by_loop(twin, 0.7, labels, counts)
        for counts in weights.T
    ]
    assert found.value == pytest.approx(differences[0], abs=1e-6)
    assert found.interval == pytest.approx(
        tuple(np.quantile(differences[1:], (0.025, 0.975))), abs=1e-6
    )


def test_agreement_is_that_of_a_loop_over_pairs():
    rng = np.random.default_rng(3)
    same = rng.random((8, 8)) < 0.8
    same = same & same.T
    twin = np.ones((8, 8), bool)
    weights = resampled(8, seed=0)
    shares = []
    for counts in weights.T:
        pairs = [(i, j) for i in range(8) for j in range(8) if i != j]
        total = sum(counts[i] * counts[j] for i, j in pairs)
        shares.append(sum(counts[i] * counts[j] * same[i, j] for i, j in pairs) / total)
    found = agreement(twin, same, weights)
    assert found.value == pytest.approx(shares[0], abs=1e-6)
    assert found.interval == pytest.approx(tuple(np.quantile(shares[1:], (0.025, 0.975))), abs=1e-5)


def test_a_file_that_is_the_twin_misses_nothing_more():
    labels, twin, _ = made(1)
    weights = resampled(len(labels), seed=0)
    found = more_misses((twin, 0.7), (twin, 0.7), labels, weights)
    assert (found.value, found.interval) == (0.0, (0.0, 0.0))


def test_the_interval_holds_the_true_difference_about_as_often_as_it_says():
    # Many worlds: the true difference is that of a large set of images of the same identities.
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(4, 6))

    def world(images):
        labels = np.arange(images) % 4
        twin = normalise((centres[labels] + 0.7 * rng.normal(size=(images, 6))).astype(np.float32))
        return (
            labels,
            twin,
            normalise((twin + 0.2 * rng.normal(size=twin.shape)).astype(np.float32)),
        )

    labels, twin, file = world(3000)
    truth = more_misses((twin, 0.7), (file, 0.7), labels, resampled(3000, seed=0)[:, :2]).value
    inside = 0
    worlds = 100
    for _ in range(worlds):
        labels, twin, file = world(80)
        low, high = more_misses((twin, 0.7), (file, 0.7), labels, resampled(80, seed=1)).interval
        inside += low <= truth <= high
    # Binomial with 0.95 and 100 worlds: fewer than 86 happens once in 10,000.
    assert inside / worlds >= CONFIDENCE - 0.1


def two_files(seed, labels, blur):
    """Templates of a world as two files give them, the second a little worse."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(labels.max() + 1, 6))[labels] + 0.7 * rng.normal(size=(len(labels), 6))
    second = first + blur * rng.normal(size=first.shape)
    return normalise(first), normalise(second)


@pytest.mark.parametrize("unit", ["identity", "image"])
def test_differences_are_of_the_same_resamples(unit):
    labels = np.repeat(np.arange(20), 4)
    resamples = draw_resamples(labels, unit=unit)
    first, second = (
        replicate(file, labels, resamples, fmrs=(0.05,)) for file in two_files(0, labels, 0.3)
    )
    found = differences(first, second)
    assert list(found) == ["auc", "eer", "fnmr_at_fmr_0.05", "recall_at_1"]
    for name, one in found.items():
        assert one.value == second.values[name][0] - first.values[name][0]
    alone = second.estimates()["auc"].interval
    low, high = found["auc"].interval
    # Most of what makes a resample hard is hard for both.
    assert high - low < 0.8 * (alone[1] - alone[0])


def test_a_file_differs_by_nothing_from_itself():
    labels = np.repeat(np.arange(20), 4)
    resamples = draw_resamples(labels, unit="identity")
    file = replicate(two_files(0, labels, 0.3)[0], labels, resamples)
    for one in differences(file, file).values():
        assert (one.value, one.interval) == (0.0, (0.0, 0.0))


def test_a_clear_loss_is_seen():
    labels = np.repeat(np.arange(40), 5)
    resamples = draw_resamples(labels, unit="identity")
    first, second = (replicate(file, labels, resamples) for file in two_files(1, labels, 1.0))
    found = differences(first, second)
    assert found["auc"].interval[1] < 0.0 < found["eer"].interval[0]


def test_too_few_identities_give_no_interval_of_a_difference():
    labels = np.repeat(np.arange(9), 5)
    resamples = draw_resamples(labels, unit="identity")
    first, second = (replicate(file, labels, resamples) for file in two_files(1, labels, 1.0))
    assert differences(first, second)["auc"].interval is None


def test_other_resamples_or_figures_are_refused():
    labels = np.repeat(np.arange(20), 4)
    file = two_files(0, labels, 0.3)[0]
    resamples = draw_resamples(labels, unit="identity")
    first = replicate(file, labels, resamples)
    with pytest.raises(InvalidInputError, match="the same resamples of the same images"):
        differences(first, replicate(file, labels, draw_resamples(labels, unit="identity")))
    with pytest.raises(InvalidInputError, match="the same figures of both, got auc, eer"):
        differences(first, replicate(file, labels, resamples, fmrs=(0.1,)))
