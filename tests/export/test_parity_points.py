"""A file beside its twin at each point."""

import numpy as np
import pytest

from twinlet_export.parity_points import compare_points


def turned(degrees):
    radians = np.radians(np.asarray(degrees, dtype=np.float64))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_each_decides_at_its_own_thresholds():
    # Two identities, mated pairs 10 and 30 degrees apart; the file turns the last image 15 back.
    labels = np.array([0, 0, 1, 1])
    twin, file = turned([0, 10, 90, 120]), turned([0, 10, 90, 105])
    thresholds = {0.01: (1 - 20 / 180, 1 - 20 / 180), 0.1: (1 - 35 / 180, 1 - 12 / 180)}
    strict, loose = compare_points((twin, file), (twin, file), labels, thresholds)
    assert (strict.target, loose.target) == (0.01, 0.1)
    # At 20 degrees the twin misses 90-120, the file misses nothing: one decision of six differs.
    assert strict.agreement.value == pytest.approx(5 / 6)
    assert strict.more_misses.value == pytest.approx(-1 / 2)
    # At 35 the twin misses nothing, at 12 the file misses 90-105.
    assert loose.agreement.value == pytest.approx(5 / 6)
    assert loose.more_misses.value == pytest.approx(1 / 2)
    assert strict.to_json()["more_misses"]["value"] == strict.more_misses.value
