"""Golden pairs: mated ones are mated, others are not, and the same seed gives the same."""

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.probes import choose_probes

LABELS = np.repeat(np.arange(10), 6)
TEST = np.arange(0, 60, 2)  # three images of each of ten identities


@pytest.mark.parametrize("identities", [2, 3, 7, 10])
def test_pairs_are_what_they_say(identities):
    test = TEST[LABELS[TEST] < identities]
    probes = choose_probes(LABELS, test, pairs=8, seed=4)
    labels = LABELS[probes.indices]
    assert all((labels[a] == labels[b]) == mated for a, b, mated in probes.pairs)
    assert all(a != b for a, b, _ in probes.pairs)
    # Three images of an identity make one couple.
    couples = min(8, identities)
    assert sum(mated for _, _, mated in probes.pairs) == couples
    assert sum(not mated for _, _, mated in probes.pairs) == couples


def test_images_are_of_the_test_split_and_used_once():
    probes = choose_probes(LABELS, TEST, pairs=8, seed=4)
    assert len(set(probes.indices.tolist())) == 16
    assert set(probes.indices.tolist()) <= set(TEST.tolist())


def test_few_identities_give_more_couples_each():
    everything = np.arange(12)  # two identities of six images
    probes = choose_probes(LABELS, everything, pairs=8, seed=0)
    assert len(probes.indices) == 12
    assert len(probes.pairs) == 12


def test_the_seed_decides():
    first, again = (choose_probes(LABELS, TEST, pairs=8, seed=1) for _ in range(2))
    other = choose_probes(LABELS, TEST, pairs=8, seed=2)
    assert np.array_equal(first.indices, again.indices)
    assert first.pairs == again.pairs
    assert not np.array_equal(first.indices, other.indices)


@pytest.mark.parametrize("test", [np.array([0, 1, 2]), np.array([0, 6, 12]), np.array([], int)])
def test_a_split_without_two_identities_of_two_images(test):
    with pytest.raises(InvalidInputError, match="at least 2 are needed for golden pairs"):
        choose_probes(LABELS, test, pairs=8, seed=0)
