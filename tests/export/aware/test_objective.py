"""Fine-tuning has the loss of training: the same number for the same embeddings."""

import keras
import numpy as np
import pytest

from twinlet_export.aware.objective import objective
from twinlet_train import losses, siamese
from twinlet_train.config import TrainConfig
from twinlet_train.objectives import make_loss


def embed_of(twin):
    return lambda x: twin(x, training=False)


@pytest.mark.parametrize("name", ["triplet", "contrastive", "supervised-contrastive"])
def test_online_losses(name, twin, learning, make_config):
    config = make_config(loss__name=name)
    task = objective(config, twin, learning.data, learning.train)
    x, y = task.dataset[0]
    expected = float(make_loss(config.loss)(y, twin(x, training=False)))
    assert float(task.loss(embed_of(twin), x, y)) == pytest.approx(expected, rel=1e-6)
    assert list(task.weights) == []


def test_a_class_head_starts_at_the_means_of_the_classes(twin, learning, make_config, reference):
    config = make_config(loss__name="cosface")
    task = objective(config, twin, learning.data, learning.train)
    (proxies,) = task.weights
    unit = reference / np.linalg.norm(reference, axis=1, keepdims=True)
    means = unit.reshape(8, 8, -1).mean(axis=1)
    np.testing.assert_allclose(np.asarray(proxies), means, atol=1e-5)
    x, y = task.dataset[0]
    embeddings = np.asarray(twin(x, training=False))
    cosines = (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)) @ (
        means / np.linalg.norm(means, axis=1, keepdims=True)
    ).T
    expected = float(make_loss(config.loss)(y, keras.ops.convert_to_tensor(cosines)))
    assert float(task.loss(embed_of(twin), x, y)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["triplet", "cosface"])
def test_a_twin_that_had_a_teacher_imitates_itself(name, twin, learning, make_config):
    settings = {"loss__name": name, "loss__teacher": "gone", "loss__imitate": "5"}
    with_teacher = objective(make_config(**settings), twin, learning.data, learning.train)
    without = objective(make_config(loss__name=name), twin, learning.data, learning.train)
    (x, y), (x2, y2) = with_teacher.dataset[0], without.dataset[0]
    np.testing.assert_array_equal(x, x2)
    # Its own similarities are no gap, so nothing is added ...
    found = float(with_teacher.loss(embed_of(twin), x, y))
    assert found == pytest.approx(float(without.loss(embed_of(twin), x2, y2)), rel=1e-3, abs=1e-4)

    # ... but to others there is.
    def mirrored(pixels):
        return keras.ops.flip(twin(pixels, training=False), axis=0)

    assert float(with_teacher.loss(mirrored, x, y)) > float(without.loss(mirrored, x2, y2)) + 1e-4


def test_fixed_triplets_and_pairs(twin, learning):
    for name in ("triplet", "contrastive"):
        settings = {"fit.recipe": "fixed", "loss.name": name, "fit.triplets": "20"}
        config = TrainConfig.from_options("digits", settings={**settings, "fit.batch": "20"})
        task = objective(config, twin, learning.data, learning.train)
        x, y = task.dataset[0]
        if name == "triplet":
            network = siamese.triplet_network(twin, margin=0.4)
            expected = float(np.mean(np.asarray(network(x, training=False))))
        else:
            network = siamese.pair_network(twin)
            expected = float(losses.PairContrastiveLoss(1.0)(y, network(x, training=False)))
        assert float(task.loss(embed_of(twin), x, y)) == pytest.approx(expected, rel=1e-5)
