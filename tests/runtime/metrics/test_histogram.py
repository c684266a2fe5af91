import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, histogram


def test_by_hand():
    found = histogram(Comparisons.from_scores([0.5, 0.75, 1.0], [0.0, 0.25, 0.49]), bins=4)
    assert found.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    # An edge belongs to the bin it opens; the last bin holds 1 as well.
    assert found.mated.tolist() == [0, 0, 1, 2]
    assert found.non_mated.tolist() == [1, 2, 0, 0]


@pytest.mark.parametrize("bins", [1, 10, 100])
def test_it_is_numpys(bins):
    rng = np.random.default_rng(7)
    scores = Comparisons.from_scores(rng.integers(0, 65, 500) / 64, rng.random(3000))
    found = histogram(scores, bins=bins)
    for side in ("mated", "non_mated"):
        values = getattr(scores, side).astype(np.float64)
        expected = np.histogram(values, bins=found.edges)[0]
        np.testing.assert_array_equal(getattr(found, side), expected)
        assert getattr(found, side).sum() == len(values)


def test_no_bins_are_refused():
    with pytest.raises(InvalidInputError, match="at least one bin, got 0"):
        histogram(Comparisons.from_scores([0.5], [0.5]), bins=0)
