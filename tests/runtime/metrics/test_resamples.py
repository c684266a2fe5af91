import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import draw_resamples
from twinlet.metrics.resamples import MOST_GROUPS

LABELS = np.repeat(np.arange(30), 3)


@pytest.mark.parametrize(("unit", "clusters"), [("identity", 30), ("image", 90)])
def test_every_resample_takes_as_many_clusters_as_there_are(unit, clusters):
    found = draw_resamples(LABELS, unit=unit, resamples=50)
    assert found.clusters == clusters
    assert found.weights.shape == (clusters, 51)
    assert (found.weights[:, 0] == 1).all()
    assert (found.weights.sum(axis=0) == clusters).all()
    expected = LABELS if unit == "identity" else np.arange(90)
    np.testing.assert_array_equal(found.groups, expected)


def test_the_seed_alone_decides():
    first, again, other = (draw_resamples(LABELS, unit="image", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.weights, again.weights)
    assert (first.weights != other.weights).any()


def test_many_clusters_are_thrown_together_in_groups_of_one_size():
    labels = np.repeat(np.arange(2 * MOST_GROUPS), 2)
    found = draw_resamples(labels, unit="identity")
    assert found.clusters == 2 * MOST_GROUPS
    assert len(found.weights) == MOST_GROUPS
    assert (np.bincount(found.groups) == 4).all()
    # Images of one identity stay together.
    np.testing.assert_array_equal(found.groups[::2], found.groups[1::2])


@pytest.mark.parametrize(
    ("labels", "unit", "resamples", "message"),
    [
        ([], "image", 200, "at least 20 resamples of at least one image, got 200 of 0"),
        ([1, 2], "image", 19, "got 19 of 2"),
        ([1, 2], "people", 200, "unknown unit 'people'"),
        ([1.5, 2.0], "image", 200, "integers or strings"),
    ],
)
def test_bad_input_is_refused(labels, unit, resamples, message):
    labels = np.array(labels, dtype=float if 1.5 in labels else int)
    with pytest.raises(InvalidInputError, match=message):
        draw_resamples(labels, unit=unit, resamples=resamples)
