import numpy as np
import pytest

from twinlet.metrics.checks import checked_labels, checked_templates


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ([7, -2, 7], [1, 0, 1]),
        (["bob", "ann", "bob"], [1, 0, 1]),
        (np.array([True, False, True]), [1, 0, 1]),
        (np.array([3, 1, 3], dtype=np.uint8), [1, 0, 1]),
    ],
)
def test_identities_are_numbered_in_sorted_order(labels, codes):
    assert checked_labels(labels).tolist() == codes


def test_float64_templates_are_not_copied():
    templates = np.eye(3)
    assert checked_templates(templates) is templates


def test_the_rounding_of_float16_unit_vectors_is_allowed():
    rng = np.random.default_rng(8)
    vectors = rng.normal(size=(50, 128))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert checked_templates(vectors.astype(np.float16)).dtype == np.float64
