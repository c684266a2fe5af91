import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.losses import CosFaceLoss, ImitationLoss, OnlineTripletLoss
from twinlet_train.losses.imitation import similarity_gap


def cosines(x):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    return x @ x.T


def test_gap_is_the_mean_over_pairs_of_different_images(compiled):
    rng = np.random.default_rng(0)
    own, wanted = rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=(5, 7))
    a, b = cosines(own), cosines(wanted)
    expected = np.mean([(a[i, j] - b[i, j]) ** 2 for i in range(5) for j in range(5) if i != j])
    wanted = wanted.astype(np.float32)
    assert float(similarity_gap(own, wanted)) == pytest.approx(expected, rel=1e-5)
    assert float(compiled(lambda x: similarity_gap(x, wanted))(own)) == pytest.approx(
        expected, rel=1e-5
    )


def test_turned_embeddings_have_no_gap():
    x = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    turned = x[:, [2, 0, 1]] * np.array([1, -1, 1], np.float32)
    assert float(similarity_gap(x, 3.0 * turned)) == pytest.approx(0.0, abs=1e-9)


def test_one_image_has_no_pair():
    assert float(similarity_gap(np.ones((1, 3), np.float32), np.ones((1, 2), np.float32))) == 0.0


@pytest.mark.parametrize("proxies", [0, 4])
def test_sum_of_both_parts(proxies):
    rng = np.random.default_rng(1)
    labels = np.array([0, 0, 1, 1, 2, 3], np.float32)
    embedding, teacher = rng.normal(size=(6, 5)), rng.normal(size=(6, 3))
    heads = rng.uniform(-1, 1, (6, proxies))
    base = CosFaceLoss() if proxies else OnlineTripletLoss()
    loss = ImitationLoss(base, 5, weight=2.0)
    got = loss(
        np.concatenate([labels[:, None], teacher], axis=1).astype(np.float32),
        np.concatenate([embedding, heads], axis=1).astype(np.float32),
    )
    seen = (heads if proxies else embedding).astype(np.float32)
    gap = float(similarity_gap(embedding.astype(np.float32), teacher.astype(np.float32)))
    assert float(got) == pytest.approx(float(base(labels, seen)) + 2.0 * gap, rel=1e-5)


def test_settings_survive_saving():
    loss = ImitationLoss(CosFaceLoss(scale=7.0), 5, weight=3.0)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.size, again.weight, again.base.scale) == (5, 3.0, 7.0)
    with pytest.raises(InvalidInputError, match="weight must be above 0"):
        ImitationLoss(CosFaceLoss(), 5, weight=0.0)
