import numpy as np
import pytest

from twinlet_train.distances import DISTANCES, unit
from twinlet_train.losses import OnlineTripletLoss
from twinlet_train.mining import MINERS, hinge, soft_margin


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("mining", MINERS)
def test_loss_is_the_miner_over_distances_of_directions(mining, distance, soft):
    if mining == "distance-weighted" and distance != "cosine":
        pytest.skip("defined for cosine")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5)).astype(np.float32)
    labels = np.repeat(np.arange(4), 3)
    penalty = soft_margin if soft else hinge(0.4)
    expected = MINERS[mining](DISTANCES[distance].matrix(unit(x)), labels, penalty)
    loss = OnlineTripletLoss(0.4, mining, distance=distance, soft=soft)
    assert float(loss(labels.astype(np.float32), 7.0 * x)) == pytest.approx(
        float(expected), rel=1e-5
    )
