import keras
import numpy as np
import pytest

from twinlet_train.losses import PROXY_LOSSES


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("kind", PROXY_LOSSES.values())
def test_class_numbers_of_any_type(kind, dtype):
    # More classes than 8 bits hold: class 300 - 256 = 44 must not be taken for 300.
    cosines = np.random.default_rng(1).uniform(-1, 1, (6, 301)).astype(np.float32)
    labels = np.array([44, 0, 1, 2, 99, 44])
    expected = pytest.approx(float(kind()(labels.astype(np.int32), cosines)), rel=1e-6)
    assert float(kind()(labels.astype(dtype), cosines)) == expected


@pytest.mark.parametrize("labels", [[0, 1, 3], [-1, 0, 1], [5, 6, 7], [0, 0.5, 1], [2**32, 0, 1]])
@pytest.mark.parametrize("kind", PROXY_LOSSES.values())
def test_what_is_no_class_number_makes_the_loss_nan(kind, labels, compiled):
    if max(labels) > 2**31 and keras.backend.backend() == "jax":
        pytest.skip("JAX takes it modulo 2^32")
    labels = np.array(labels)
    cosines = np.random.default_rng(0).uniform(-1, 1, (3, 3)).astype(np.float32)
    assert np.isfinite(float(kind()(np.array([0, 1, 2]), cosines)))
    assert np.isnan(float(kind()(labels, cosines)))
    assert np.isnan(float(compiled(lambda x: kind()(labels, x))(cosines)))
