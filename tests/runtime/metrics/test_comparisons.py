import itertools

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import (
    Comparisons,
    compare_all,
    compare_pairs,
    comparisons,
    count_at_least,
    count_non_mated,
)
from twinlet.scores import is_match, similarity

E = np.eye(3)


def unit(rng, n, d=5):
    vectors = rng.normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def loop(templates, labels):
    """Every unordered pair, one at a time."""
    mated, non_mated = [], []
    for i, j in itertools.combinations(range(len(labels)), 2):
        side = mated if labels[i] == labels[j] else non_mated
        side.append(float(similarity(templates[i], templates[j])))
    return sorted(mated), sorted(non_mated)


@pytest.mark.parametrize("block", [1, 7, 40, 1_000_000])
def test_all_pairs_are_those_of_a_loop_whatever_the_block(monkeypatch, block):
    monkeypatch.setattr(comparisons, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(1)
    templates, labels = unit(rng, 23), rng.choice([7, -3, 12, 99], size=23)
    found = compare_all(templates, labels)
    mated, non_mated = loop(templates, labels)
    # float32 holds a similarity near 1 to 6e-8.
    np.testing.assert_allclose(found.mated, mated, atol=1e-7)
    np.testing.assert_allclose(found.non_mated, non_mated, atol=1e-7)
    assert (found.identities, found.images) == (4, 23)


@pytest.mark.parametrize("block", [1, 7, 1_000_000])
def test_of_each_pair_the_earlier_image_of_the_earlier_identity_is_the_probe(monkeypatch, block):
    monkeypatch.setattr(comparisons, "BLOCK_ELEMENTS", block)
    rng = np.random.default_rng(4)
    probes, enrolled, labels = unit(rng, 20), unit(rng, 20), rng.integers(0, 4, 20)
    found = compare_all(probes, labels, enrolled=enrolled)
    expected = {True: [], False: []}
    for i, j in itertools.combinations(sorted(range(20), key=lambda row: (labels[row], row)), 2):
        expected[labels[i] == labels[j]].append(float(similarity(probes[i], enrolled[j])))
    np.testing.assert_allclose(found.mated, sorted(expected[True]), atol=1e-7)
    np.testing.assert_allclose(found.non_mated, sorted(expected[False]), atol=1e-7)


def test_enrolled_templates_that_do_not_fit():
    with pytest.raises(InvalidInputError, match=r"of one shape, got \(3, 3\) and \(2, 3\)"):
        compare_all(E, [0, 0, 1], enrolled=E[:2])
    with pytest.raises(InvalidInputError, match="enrolled must be finite vectors of length 1"):
        compare_all(E, [0, 0, 1], enrolled=2 * E)


def test_three_images_by_hand():
    found = compare_all(E[[0, 0, 1]], ["ann", "ann", "bob"])
    assert found.mated.tolist() == [1.0]
    assert found.non_mated.tolist() == [0.5, 0.5]
    assert found.mated.dtype == found.non_mated.dtype == np.float32


def test_an_identity_with_one_image_gives_non_mated_pairs_only():
    found = compare_all(E[[0, 1, 1]], np.array([5, 8, 8]))
    assert (len(found.mated), len(found.non_mated), found.identities) == (1, 2, 2)


def test_the_order_of_the_images_does_not_matter():
    rng = np.random.default_rng(2)
    templates, labels = unit(rng, 30), rng.integers(0, 5, 30)
    shuffled = rng.permutation(30)
    one, two = compare_all(templates, labels), compare_all(templates[shuffled], labels[shuffled])
    np.testing.assert_allclose(one.mated, two.mated, atol=1e-7)
    np.testing.assert_allclose(one.non_mated, two.non_mated, atol=1e-7)


def test_scores_cannot_be_changed():
    found = compare_all(E[[0, 0, 1]], [0, 0, 1])
    with pytest.raises(ValueError, match="read-only"):
        found.mated[0] = 0.0


@pytest.mark.parametrize(
    ("templates", "labels", "message"),
    [
        (E[0], [0], r"templates must be a non-empty array of shape \(n, d\), got shape \(3,\)"),
        (np.zeros((0, 3)), [], r"non-empty array of shape \(n, d\), got shape \(0, 3\)"),
        (E.astype(complex), [0, 0, 1], "must be real numbers, got dtype complex128"),
        (E * 2, [0, 0, 1], r"vectors of length 1, got length 2 in row 0 \(3 of 3 rows\)"),
        (E * [[1], [1], [np.nan]], [0, 0, 1], r"got length nan in row 2 \(1 of 3 rows\)"),
        (E / [[1], [1e-9], [1]], [0, 0, 1], r"got length 1e\+09 in row 1 .*normalise"),
        (E, [0, 1], r"labels must have shape \(3,\), one label per template, got shape \(2,\)"),
        (E, [[0], [1], [1]], r"got shape \(3, 1\)"),
        (E, [0.0, 0.0, 1.0], "must be integers or strings, got dtype float64"),
        (E, ["a", None, "b"], "must be integers or strings, got dtype object"),
        (E, [4, 4, 4], "no non-mated pairs to compare: expected images of at least two identi"),
        (E[:1], [4], "no non-mated pairs"),
        (E, [1, 2, 3], "no mated pairs to compare: expected an identity with at least two images"),
    ],
)
def test_what_cannot_be_compared_is_refused(templates, labels, message):
    with pytest.raises(InvalidInputError, match=message):
        compare_all(templates, labels)


def test_infinite_templates_are_refused_without_a_warning():
    with pytest.raises(InvalidInputError, match="got length inf in row 0"):
        compare_all(np.where(E == 1, np.inf, 0), [0, 0, 1])


def test_pairs_by_hand():
    found = compare_pairs(E[[0, 0, 2]], E[[0, 1, 2]], np.array([True, False, False]))
    assert found.mated.tolist() == [1.0]
    assert found.non_mated.tolist() == [0.5, 1.0]
    assert (found.identities, found.images) == (0, 0)


@pytest.mark.parametrize(
    ("b", "mated", "message"),
    [
        (E[:2], [True, False, True], r"of one shape, got \(3, 3\) and \(2, 3\)"),
        (E, [1, 0, 1], r"mated must be 3 booleans, one per pair, got int64 of shape \(3,\)"),
        (E, [True, False], r"3 booleans, one per pair, got bool of shape \(2,\)"),
        (E, [True, True, True], "no non-mated pairs"),
        (E, [False, False, False], "no mated pairs"),
        (E * 3, [True, False, True], "^b must be finite vectors of length 1, got length 3"),
    ],
)
def test_bad_pairs_are_refused(b, mated, message):
    with pytest.raises(InvalidInputError, match=message):
        compare_pairs(E, b, np.array(mated))


def test_scores_made_elsewhere_are_sorted_and_left_alone():
    mated = np.array([0.9, 0.5, 0.7], dtype=np.float32)
    found = Comparisons.from_scores(mated, [0.0, 1.0], identities=4, images=9)
    np.testing.assert_array_equal(found.mated, np.float32([0.5, 0.7, 0.9]))
    assert mated[0] == np.float32(0.9)
    assert (found.identities, found.images) == (4, 9)


@pytest.mark.parametrize(
    ("mated", "non_mated", "message"),
    [
        ([], [0.5], r"mated scores must be a non-empty array of shape \(n,\), got \(0,\)"),
        ([0.5], [[0.5]], r"non-mated scores must be .* got \(1, 1\)"),
        ([0.5, float("nan")], [0.5], r"similarities in \[0, 1\], got nan at index 1"),
        ([0.5], [float("inf")], "got inf at index 0"),
        ([0.5], [0.5, -0.25], r"got -0.25 at index 1; turn cosines into similarities"),
        ([1.5], [0.5], "got 1.5 at index 0"),
        (["far"], [0.5], "mated scores must be numbers"),
    ],
)
def test_bad_scores_are_refused(mated, non_mated, message):
    with pytest.raises(InvalidInputError, match=message):
        Comparisons.from_scores(mated, non_mated)


@pytest.mark.parametrize(
    "labels",
    [[], [3], [3, 3], [1, 2], ["a", "b", "a", "c", "b", "a"], [1] * 5 + [2] * 4 + [3]],
)
def test_non_mated_pairs_are_counted_as_a_loop_counts_them(labels):
    pairs = itertools.combinations(labels, 2)
    assert count_non_mated(np.array(labels, dtype=None if labels else int)) == sum(
        a != b for a, b in pairs
    )


def test_counting_needs_no_room_for_the_pairs():
    # 2 identities of a million images each: 10 ** 12 pairs.
    assert count_non_mated(np.arange(2_000_000) % 2) == 10**12


def test_counting_is_the_decision_of_the_verifier_on_every_tie():
    scores = np.sort(np.float32([0.1, 0.3, 0.3, 0.5, 0.7, 0.7, 0.7, 0.9]))
    thresholds = np.concatenate(
        [
            scores.astype(np.float64),  # 0.3 in float32 is 0.30000001192...
            [0.3, 0.7],  # float64 numbers just beside a score
            np.nextafter(scores.astype(np.float64), np.inf),  # between two float32 numbers
            np.nextafter(scores.astype(np.float64), -np.inf),
            [0.0, 1.0, -np.inf, np.inf, 1e300, -1e300],
        ]
    )
    expected = [int(is_match(scores.astype(np.float64), t).sum()) for t in thresholds]
    assert count_at_least(scores, thresholds).tolist() == expected
    assert count_at_least(scores, thresholds[5]) == expected[5]
    assert count_at_least(scores, thresholds.reshape(2, -1)).shape == (2, len(thresholds) // 2)


def test_a_threshold_of_nan_is_refused():
    with pytest.raises(InvalidInputError, match="a threshold must be a number, got NaN"):
        count_at_least(np.float32([0.5]), [0.5, np.nan])


def test_mated_comparisons_may_be_left_out():
    templates, labels = np.eye(4)[[0, 0, 1, 2, 3]], [0, 0, 1, 2, 3]
    whole = compare_all(templates, labels)
    part = compare_all(templates, labels, mates=False)
    np.testing.assert_array_equal(part.non_mated, whole.non_mated)
    assert len(part.mated) == 0
    assert (part.identities, part.images) == (4, 5)
    # Nobody has two images: then there is no other way.
    assert len(compare_all(np.eye(3), [0, 1, 2], mates=False).non_mated) == 3
    with pytest.raises(InvalidInputError, match="no non-mated pairs"):
        compare_all(np.eye(3), [0, 0, 0], mates=False)
