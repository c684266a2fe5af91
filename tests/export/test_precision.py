"""Models of mixed precision, built again in float32."""

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.extraction import bundle_id, check_twin
from twinlet_export.own_model import as_twin, load_own_model

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)


def mixed(*, head):
    """Has what a rebuilding may lose: learnt statistics, a nested model, a cast, operations."""
    init = keras.initializers.GlorotUniform(seed=3)
    scaling = keras.layers.Normalization()
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, kernel_initializer=init)]
    )
    source = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization()(inner(scaling(source)))
    x = keras.layers.TimeDistributed(keras.layers.Dense(3, kernel_initializer=init))(x)
    x = keras.ops.relu(keras.ops.cast(x, keras.config.dtype_policy().compute_dtype)) * 2
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(5, kernel_initializer=init, dtype=head)(x)
    scaling.adapt(IMAGES.astype("float32"))
    return keras.Model(source, x, name="mine")


@pytest.fixture
def policy():
    """Sets a policy of Keras for one test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(
    ("name", "head"),
    [("mixed_float16", None), ("mixed_bfloat16", "float32"), ("float16", None)],
)
def test_mixed_precision_becomes_float32(name, head, policy, tmp_path):
    path = tmp_path / "mine.keras"
    policy(name)
    mixed(head=head).save(path)
    policy("float32")
    twin = as_twin(load_own_model(path), (0.0, 255.0))
    check_twin(twin)
    assert {layer.compute_dtype for layer in twin._flatten_layers()} == {"float32"}
    written = mixed(head=None)  # the same model in float32 from the start
    written.load_weights(path)
    expected = np.asarray(written(IMAGES.astype("float32")))
    found = np.asarray(twin(IMAGES))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert bundle_id(as_twin(load_own_model(path), (0.0, 255.0))) == bundle_id(twin)


@keras.saving.register_keras_serializable("tests")
class Stubborn(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x

    @classmethod
    def from_config(cls, config):
        raise ValueError("only in 16 bits")


def test_mixed_precision_that_stays():
    source = keras.Input((8, 8, 3))
    end = Stubborn(name="end", dtype="mixed_float16")
    model = keras.Model(source, end(keras.layers.Flatten()(source)), name="outer")
    with pytest.raises(InvalidInputError) as caught:
        as_twin(model, (0.0, 1.0))
    said = str(caught.value)
    assert said.startswith(
        "cannot export outer: expected a model in float32, but layer end computes in float16 "
        "(policy mixed_float16), and building it again in float32 fails: "
    )
    assert said.endswith("; build it with the policy float32 and load its weights")
