import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics.dyads import cumulative, in_order, sums_over


def test_sums_of_residuals_are_those_of_a_loop():
    errors, comparisons = np.array([[1.0, 4.0], [0.0, 2.0], [3.0, 3.0]]), np.array([5.0, 2.0, 3.0])
    rates = np.array([0.25, 0.5])
    expected = [
        sum((errors[a, t] - rates[t] * comparisons[a]) ** 2 for a in range(3)) for t in range(2)
    ]
    assert sums_over(errors, comparisons).of_residuals(rates).tolist() == pytest.approx(expected)


def test_cumulative_counts_steps_up_to_each_point():
    # Cluster 0: steps 0 and 2; cluster 1: step 1, and step 3, which lies past the last point.
    found = cumulative(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 3]), (2, 3))
    assert found.tolist() == [[1, 1, 2], [0, 1, 1]]


def test_images_come_by_identity():
    vectors, others, codes = in_order(np.eye(3), ["b", "a", "b"], None)
    assert vectors.tolist() == others.tolist() == np.eye(3)[[1, 0, 2]].tolist()
    assert codes.tolist() == [0, 1, 1]


def test_enrolled_templates_of_another_shape_are_refused():
    with pytest.raises(InvalidInputError, match="two arrays of one shape"):
        in_order(np.eye(3), [0, 1, 1], np.eye(2))
