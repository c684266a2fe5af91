"""Each miner against the loop of its definition."""

import numpy as np
import pytest

from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.mining import batch_all, masks, semi_hard

MARGIN = 0.4


def batch_all_by_loop(d, labels, margin):
    violated = []
    for a in range(len(labels)):
        for p in range(len(labels)):
            for n in range(len(labels)):
                if a != p and labels[a] == labels[p] and labels[a] != labels[n]:
                    hinge = max(0.0, d[a, p] - d[a, n] + margin)
                    if hinge > 0.0:
                        violated.append(hinge)
    return np.mean(violated) if violated else 0.0


def semi_hard_by_loop(d, labels, margin):
    hinges = []
    for a in range(len(labels)):
        for p in range(len(labels)):
            if a == p or labels[a] != labels[p]:
                continue
            negatives = [d[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
            if not negatives:
                continue
            farther = [x for x in negatives if x > d[a, p]]
            chosen = min(farther) if farther else max(negatives)
            hinges.append(max(0.0, d[a, p] - chosen + margin))
    return np.mean(hinges) if hinges else 0.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("miner", "loop"), [(batch_all, batch_all_by_loop), (semi_hard, semi_hard_by_loop)]
)
def test_miner_equals_its_loop(miner, loop, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 14)
    d = np.asarray(cosine_distance_matrix(rng.normal(size=(14, 4)).astype(np.float32)))
    assert float(miner(d, labels, MARGIN)) == pytest.approx(loop(d, labels, MARGIN), rel=1e-5)


@pytest.mark.parametrize("miner", [batch_all, semi_hard])
def test_a_batch_of_one_class_has_no_triplet_and_no_loss(miner):
    d = np.array([[0.0, 0.3], [0.3, 0.0]], np.float32)
    assert float(miner(d, np.array([1, 1]), MARGIN)) == 0.0


@pytest.mark.parametrize("miner", [batch_all, semi_hard])
def test_a_batch_without_mated_pairs_has_no_loss(miner):
    d = np.array([[0.0, 0.3], [0.3, 0.0]], np.float32)
    assert float(miner(d, np.array([1, 2]), MARGIN)) == 0.0


def test_semi_hard_takes_the_nearest_negative_beyond_the_positive():
    # anchor 0, positive 1 at 0.3, negatives at 0.1 (nearer), 0.5 and 0.9
    d = np.zeros((5, 5), np.float32)
    d[0] = [0.0, 0.3, 0.1, 0.5, 0.9]
    labels = np.array([0, 0, 1, 2, 3])
    d[1, 2:] = 2.0  # the other anchor of the class is solved: hinge 0
    # (0.3 - 0.5 + 0.4) for anchor 0, 0 for anchor 1, mean over two mated pairs
    assert float(semi_hard(d, labels, MARGIN)) == pytest.approx((0.2 + 0.0) / 2)


def test_masks_leave_the_diagonal_out():
    mated, non_mated = (np.asarray(m) for m in masks(np.array([[1], [1], [2]])))
    assert mated.tolist() == [[False, True, False], [True, False, False], [False] * 3]
    assert non_mated.tolist() == [[False, False, True], [False, False, True], [True, True, False]]
