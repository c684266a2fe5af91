"""How many comparisons share nothing, counted by trying."""

from itertools import combinations

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Independent, clopper_pearson_upper, disjoint_pairs


def most_strangers(labels):
    """The most pairs of two identities without a common image, by trying all."""
    pairs = [(i, j) for i, j in combinations(range(len(labels)), 2) if labels[i] != labels[j]]

    def best(pairs, free):
        return max(
            (1 + best(pairs[k + 1 :], free - {i, j}) for k, (i, j) in enumerate(pairs)
             if i in free and j in free),
            default=0,
        )  # fmt: skip

    return best(pairs, frozenset(range(len(labels))))


@pytest.mark.parametrize("labels", ["aab", "aabb", "aaab", "aabbcc", "aaaabc", "aabc", "abbccc"])
def test_images_are_paired_off_without_sharing_one(labels):
    found = disjoint_pairs(list(labels), "image")
    assert found.mated == sum(labels.count(each) // 2 for each in set(labels))
    assert found.non_mated == most_strangers(labels)


def test_identities_are_counted_once():
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 4])
    assert disjoint_pairs(labels, "identity") == Independent(mated=3, non_mated=2)


@pytest.mark.parametrize("count", [1, 10, 3_000])
def test_limits_are_bounds_of_rates_never_seen(count):
    misses, matches = Independent(mated=count, non_mated=2 * count).limits()
    assert misses == pytest.approx(clopper_pearson_upper(0, count), rel=1e-6)
    assert matches == pytest.approx(clopper_pearson_upper(0, 2 * count), rel=1e-6)


@pytest.mark.parametrize(
    ("labels", "unit", "message"),
    [
        (["a", "b"], "image", "got 2 with at most 1"),
        (["a", "a"], "image", "got 1 with at most 2"),
        ([], "image", "got 0 with at most 0"),
        (["a", "a", "b"], "comparison", "unknown unit 'comparison'"),
    ],
)
def test_what_cannot_be_counted(labels, unit, message):
    with pytest.raises(InvalidInputError, match=message):
        disjoint_pairs(np.array(labels, dtype="U1"), unit)
