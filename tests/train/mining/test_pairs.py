import numpy as np

from twinlet_train.mining import masks
from twinlet_train.mining.pairs import mean_where


def test_masks_leave_the_diagonal_out():
    mated, non_mated = (np.asarray(m) for m in masks(np.array([[1], [1], [2]])))
    assert mated.tolist() == [[False, True, False], [True, False, False], [False] * 3]
    assert non_mated.tolist() == [[False, False, True], [False, False, True], [True, True, False]]


def test_mean_of_the_chosen_only():
    values = np.array([1.0, 2.0, 6.0], np.float32)
    assert float(mean_where(np.array([True, False, True]), values)) == 3.5
    assert float(mean_where(np.zeros(3, bool), values)) == 0.0
