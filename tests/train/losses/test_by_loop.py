"""Every loss against its paper's formula, written as a loop over the batch."""

import math

import numpy as np
import pytest

from twinlet_train.losses import (
    EMBEDDING_LOSSES,
    PROXY_LOSSES,
    ArcFaceLoss,
    ContrastiveLoss,
    CosFaceLoss,
    MultiSimilarityLoss,
    OnlineTripletLoss,
    PairContrastiveLoss,
    ProxyAnchorLoss,
    SupervisedContrastiveLoss,
    identity_loss,
)

LABELS = np.array([0, 0, 1, 1, 1, 2, 3, 3])
CLASSES = 5  # one of them is in no batch


def cosines(x):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return x.astype(np.float64) @ x.T.astype(np.float64)


def others(i, same):
    return [j for j in range(len(LABELS)) if j != i and (LABELS[j] == LABELS[i]) == same]


def contrastive(x):
    euclidean = np.sqrt(np.maximum(0, 2 - 2 * cosines(x)))
    pairs = [(i, j) for i in range(len(LABELS)) for j in range(len(LABELS)) if i != j]
    mated = [euclidean[i, j] ** 2 for i, j in pairs if LABELS[i] == LABELS[j]]
    rest = [max(0, 0.9 - euclidean[i, j]) ** 2 for i, j in pairs if LABELS[i] != LABELS[j]]
    return 0.5 * np.mean(mated) + 2.0 * np.mean(rest)


def multi_similarity(x, alpha=2.0, beta=50.0, base=0.5, epsilon=0.1):
    s = cosines(x)
    total = 0.0
    for i in range(len(LABELS)):
        mated, rest = others(i, same=True), others(i, same=False)
        negatives = [j for j in rest if mated and s[i, j] > min(s[i, k] for k in mated) - epsilon]
        positives = [j for j in mated if s[i, j] < max(s[i, k] for k in rest) + epsilon]
        total += math.log1p(sum(math.exp(-alpha * (s[i, j] - base)) for j in positives)) / alpha
        total += math.log1p(sum(math.exp(beta * (s[i, j] - base)) for j in negatives)) / beta
    return total / len(LABELS)


def supervised_contrastive(x, temperature=0.1):
    s = cosines(x) / temperature
    each = []
    for i in range(len(LABELS)):
        mated = others(i, same=True)
        if mated:
            whole = sum(math.exp(s[i, a]) for a in range(len(LABELS)) if a != i)
            each.append(-np.mean([math.log(math.exp(s[i, p]) / whole) for p in mated]))
    return np.mean(each)


def proxy_anchor(s, scale=32.0, margin=0.1):
    own = [[s[i, c] for i in range(len(LABELS)) if LABELS[i] == c] for c in range(CLASSES)]
    rest = [[s[i, c] for i in range(len(LABELS)) if LABELS[i] != c] for c in range(CLASSES)]
    pulled = [math.log1p(sum(math.exp(-scale * (v - margin)) for v in o)) for o in own if o]
    pushed = [math.log1p(sum(math.exp(scale * (v + margin)) for v in r)) for r in rest]
    return np.mean(pulled) + np.mean(pushed)


def softmax_with(change):
    def loss(s, scale=30.0):
        each = []
        for row, label in zip(np.array(s, np.float64), LABELS, strict=True):
            row[label] = change(row[label])
            each.append(math.log(np.exp(scale * row).sum()) - scale * row[label])
        return np.mean(each)

    return loss


def arcface(cosine, margin=0.5):
    angle = math.acos(cosine)
    if angle + margin > math.pi:
        return cosine - margin * math.sin(margin)
    return math.cos(angle + margin)


ON_EMBEDDINGS = [
    (ContrastiveLoss(0.9, mated_weight=0.5, non_mated_weight=2.0), contrastive),
    (MultiSimilarityLoss(), multi_similarity),
    (SupervisedContrastiveLoss(), supervised_contrastive),
]
ON_PROXIES = [
    (ProxyAnchorLoss(), proxy_anchor),
    (CosFaceLoss(), softmax_with(lambda c: c - 0.35)),
    (ArcFaceLoss(), softmax_with(arcface)),
]


def test_every_loss_has_its_loop():  # the triplet loss: in test_miners and test_triplet
    looped = {type(loss) for loss, _ in ON_EMBEDDINGS + ON_PROXIES} | {OnlineTripletLoss}
    assert looped == {*EMBEDDING_LOSSES.values(), *PROXY_LOSSES.values()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("loss", "loop"), ON_EMBEDDINGS)
def test_on_embeddings(loss, loop, seed, compiled):
    x = np.random.default_rng(seed).normal(size=(len(LABELS), 6)).astype(np.float32)
    expected = pytest.approx(loop(x), rel=1e-4)
    assert float(loss(LABELS, x)) == expected
    assert float(loss(LABELS[:, None].astype(np.float32), 9.0 * x)) == expected
    assert float(compiled(lambda v: loss(LABELS, v))(x)) == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("loss", "loop"), ON_PROXIES)
def test_on_proxies(loss, loop, seed, compiled):
    s = np.random.default_rng(seed).uniform(-1, 1, (len(LABELS), CLASSES)).astype(np.float32)
    s[0, LABELS[0]], s[1, LABELS[1]] = -0.99, 0.99  # ArcFace's far branch, and near its pole
    expected = pytest.approx(loop(s), rel=1e-4)
    assert float(loss(LABELS, s)) == expected
    assert float(compiled(lambda v: loss(LABELS, v))(s)) == expected


def test_pairs():
    distances, mated = np.array([0.5, 0.5, 1.5], np.float32), np.array([1, 0, 0], np.float32)
    # D^2 for the mated pair, (1 - D)^2 for the near non-mated one, 0 for the far one
    expected = (0.25 + 0.25 + 0.0) / 3
    assert float(PairContrastiveLoss()(mated, distances)) == pytest.approx(expected)
    assert float(PairContrastiveLoss()(mated[:, None], distances[:, None])) == pytest.approx(
        expected
    )


def test_identity_loss_is_the_mean_of_the_output():
    assert float(identity_loss(np.zeros(3), np.array([1.0, 2.0, 6.0], np.float32))) == 3.0
