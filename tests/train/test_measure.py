import numpy as np
import pytest

from twinlet.metrics import auc, compare_all
from twinlet_train.measure import RECIPE_TRIPLETS, measure


class Directions:
    """A stand-in for a twin: each image's first pixel is an angle in degrees."""

    def predict(self, images, **_):
        angles = np.deg2rad(images[:, 0, 0, 0].astype(np.float32))
        return 3.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_both_protocols():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 20)
    angles = (60 * labels + rng.integers(0, 70, 60)).astype(np.uint8)  # classes overlap
    images = np.repeat(angles, 4).reshape(60, 2, 2, 1)
    got = measure(Directions(), images, labels, seed=0)
    vectors = Directions().predict(images) / 3.0
    every, pairs = got["all_pairs"], got["recipe_pairs"]
    # Equal angles tie but for rounding, which the two ways do differently.
    assert every["auc"] == pytest.approx(auc(compare_all(vectors, labels)), abs=1e-3)
    assert (every["mated"], every["non_mated"]) == (3 * 190, 3 * 400)
    assert pairs["mated"] == pairs["non_mated"] == RECIPE_TRIPLETS
    # 3,000 drawn pairs estimate the same AUC; its standard deviation is about 0.01
    assert pairs["auc"] == pytest.approx(every["auc"], abs=0.05)
    assert measure(Directions(), images, labels, seed=0) == got
