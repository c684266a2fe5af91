"""The schedule of pruning, by the formula."""

import numpy as np
import pytest

from twinlet_export.aware.sparsity import EVERY, rising_sparsity


@pytest.mark.parametrize(
    ("progress", "expected"),
    [(0.0, 0.0), (0.3, 0.5 * (1 - 0.5**3)), (0.6, 0.5), (0.9, 0.5), (1.0, 0.5)],
)
def test_it_follows_progress(progress, expected):
    schedule = rising_sparsity(0.5, done_by=0.6)
    schedule.progress.assign(progress)
    prune, sparsity = schedule(np.int64(3 * EVERY))
    assert bool(prune)
    assert float(sparsity) == pytest.approx(expected, abs=1e-6)


def test_what_to_prune_is_chosen_now_and_then():
    schedule = rising_sparsity(0.5, done_by=0.6)
    assert not bool(schedule(np.int64(3 * EVERY + 1))[0])
