import numpy as np
import pytest
import tensorflow as tf

from twinlet.errors import InvalidInputError
from twinlet_train.distances import cosine_distance_matrix
from twinlet_train.losses import OnlineTripletLoss, identity_loss
from twinlet_train.mining import MINERS


@pytest.mark.parametrize("mining", MINERS)
def test_loss_is_the_miner_over_cosine_distances(mining):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5)).astype(np.float32)
    labels = np.repeat(np.arange(4), 3)
    expected = MINERS[mining](cosine_distance_matrix(x), labels, 0.4)
    got = OnlineTripletLoss(0.4, mining)(labels.astype(np.float32), 7.0 * x)
    assert float(got) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("mining", MINERS)
def test_gradient_is_finite_for_identical_embeddings(mining):
    same = tf.Variable(np.ones((6, 4), np.float32))
    with tf.GradientTape() as tape:
        loss = OnlineTripletLoss(0.4, mining)(tf.constant([0.0, 0, 1, 1, 2, 2]), same)
    assert float(loss) == pytest.approx(0.4, abs=1e-5)  # every distance is 0: the margin is left
    assert np.isfinite(tape.gradient(loss, same).numpy()).all()


def test_loss_survives_saving():
    loss = OnlineTripletLoss(0.3, "batch-all")
    again = OnlineTripletLoss.from_config(loss.get_config())
    assert (again.margin, again.mining) == (0.3, "batch-all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0.0,), "between 0 and 2"), ((2.5,), "between 0 and 2"), ((0.4, "hardest"), "semi-hard")],
)
def test_unusable_settings_are_refused(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        OnlineTripletLoss(*arguments)


def test_identity_loss_is_the_mean_of_the_output():
    assert float(identity_loss(np.zeros(3), np.array([1.0, 2.0, 6.0], np.float32))) == 3.0
