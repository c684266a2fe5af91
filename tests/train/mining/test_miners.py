"""Each miner against the loop of its definition."""

import numpy as np
import pytest

from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.mining import (
    MINERS,
    batch_all,
    batch_hard,
    distance_weighted,
    hinge,
    semi_hard,
    soft_margin,
)

MARGIN = 0.4


def hinge_of(gap):
    return max(0.0, gap + MARGIN)


def soft_of(gap):
    return np.log1p(np.exp(gap))


def triplets(labels):
    n = range(len(labels))
    return [
        (a, p, n_)
        for a in n
        for p in n
        for n_ in n
        if a != p and labels[a] == labels[p] and labels[a] != labels[n_]
    ]


def mean(values):
    return np.mean(values) if len(values) else 0.0


def batch_all_by_loop(d, labels, cost):
    costs = [cost(d[a, p] - d[a, n]) for a, p, n in triplets(labels)]
    return mean([c for c in costs if c > 0.0])


def semi_hard_by_loop(d, labels, cost):
    costs = []
    for a, p in sorted({(a, p) for a, p, _ in triplets(labels)}):
        negatives = [d[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        farther = [x for x in negatives if x > d[a, p]]
        costs.append(cost(d[a, p] - (min(farther) if farther else max(negatives))))
    return mean(costs)


def batch_hard_by_loop(d, labels, cost):
    costs = []
    for a in sorted({a for a, _, _ in triplets(labels)}):
        own = [d[a, p] for p in range(len(labels)) if p != a and labels[p] == labels[a]]
        others = [d[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        costs.append(cost(max(own) - min(others)))
    return mean(costs)


def distance_weighted_by_loop(d, labels, cost):
    def density(cosine_distance):  # Wu et al. 2017, with D^2 = 2 c, d = 128, cut at 0.5
        squared = max(2.0 * cosine_distance, 0.25)
        return squared ** (126 / 2) * (1 - squared / 4) ** (125 / 2)

    costs = []
    for a, p in sorted({(a, p) for a, p, _ in triplets(labels)}):
        near = [n for n in range(len(labels)) if labels[n] != labels[a] and 2 * d[a, n] < 1.96]
        if near:
            weights = np.array([1 / density(float(d[a, n])) for n in near])
            each = np.array([cost(d[a, p] - d[a, n]) for n in near])
            costs.append(float(weights @ each / weights.sum()))
    return mean(costs)


LOOPS = {
    batch_all: batch_all_by_loop,
    semi_hard: semi_hard_by_loop,
    batch_hard: batch_hard_by_loop,
    distance_weighted: distance_weighted_by_loop,
}


def test_every_miner_has_its_loop_here():
    assert set(MINERS.values()) == set(LOOPS)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("penalty", "cost"), [(hinge(MARGIN), hinge_of), (soft_margin, soft_of)])
@pytest.mark.parametrize("miner", LOOPS)
def test_miner_equals_its_loop(miner, penalty, cost, seed, compiled):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 14)
    d = np.asarray(cosine_distance_matrix(rng.normal(size=(14, 4)).astype(np.float32)))
    expected = pytest.approx(LOOPS[miner](d, labels, cost), rel=2e-4)
    assert float(miner(d, labels, penalty)) == expected
    assert float(compiled(lambda x: miner(x, labels, penalty))(d)) == expected


@pytest.mark.parametrize("penalty", [hinge(MARGIN), soft_margin])
@pytest.mark.parametrize("labels", [[1, 1], [1, 2]])
@pytest.mark.parametrize("miner", LOOPS)
def test_a_batch_without_triplets_has_no_loss(miner, labels, penalty):
    d = np.array([[0.0, 0.3], [0.3, 0.0]], np.float32)
    assert float(miner(d, np.array(labels), penalty)) == 0.0


def test_semi_hard_takes_the_nearest_negative_beyond_the_positive():
    # anchor 0, positive 1 at 0.3, negatives at 0.1 (nearer), 0.5 and 0.9
    d = np.zeros((5, 5), np.float32)
    d[0] = [0.0, 0.3, 0.1, 0.5, 0.9]
    labels = np.array([0, 0, 1, 2, 3])
    d[1, 2:] = 2.0  # the other anchor of the class is solved: hinge 0
    # (0.3 - 0.5 + 0.4) for anchor 0, 0 for anchor 1, mean over two mated pairs
    assert float(semi_hard(d, labels, hinge(MARGIN))) == pytest.approx((0.2 + 0.0) / 2)


def test_distance_weighting_favours_the_rare_near_negative():
    # One near negative (D = 0.6) and nine usual ones (D = 1.3): it outweighs them all.
    d = np.full((12, 12), 2.0, np.float32)
    d[0] = [0, 0.5, 0.6**2 / 2, *[1.3**2 / 2] * 9]
    labels = np.array([0, 0, *range(1, 11)])
    only_near = 0.5 - 0.18 + MARGIN
    got = float(distance_weighted(d, labels, hinge(MARGIN)))
    assert got == pytest.approx(only_near, rel=1e-3)  # anchor 1's negatives are out of reach
