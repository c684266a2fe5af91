import keras
import numpy as np
import pytest
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.losses import (
    EMBEDDING_LOSSES,
    OnlineTripletLoss,
    SupervisedContrastiveLoss,
)
from twinlet_train.losses.labels import comparable, distinct, one_each

LARGE = 2**24 + np.arange(6)  # neighbours are equal in float32
EMBEDDINGS = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
TENSORFLOW = keras.backend.backend() == "tensorflow"


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_large_integers_stay_different(dtype):
    kept = np.asarray(comparable(LARGE.astype(dtype)))
    assert kept.tolist() == LARGE.tolist()


@pytest.mark.skipif(not TENSORFLOW, reason="JAX has 64 bits only where told so")
def test_integers_of_64_bits_stay_different():
    assert np.asarray(comparable(2**40 + np.arange(3))).tolist() == [2**40, 2**40 + 1, 2**40 + 2]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float16", "float32", "float64"])
def test_other_numbers_keep_their_value(dtype):
    kept = comparable(np.array([0, 1], dtype))
    expected = "float32" if "float" in dtype else "int32"
    assert keras.backend.standardize_dtype(kept.dtype) == expected
    assert np.asarray(kept).tolist() == [0, 1]


@pytest.mark.parametrize("shift", [0, 2**24])
@pytest.mark.parametrize("kind", EMBEDDING_LOSSES.values())
def test_large_identities_give_the_loss_of_small_ones(kind, shift, compiled):
    labels = shift + np.array([0, 0, 1, 1, 2, 3])
    expected = pytest.approx(float(kind()(labels - shift, EMBEDDINGS)), rel=1e-6)
    assert float(kind()(labels, EMBEDDINGS)) == expected
    assert float(kind()(labels[:, None].astype(np.int32), EMBEDDINGS)) == expected
    assert float(compiled(lambda x: kind()(labels, x))(EMBEDDINGS)) == expected


@pytest.mark.parametrize("labels", [LARGE, LARGE.astype(np.int32)[:, None]])
def test_large_identities_reach_the_loss_through_fit(labels):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile("sgd", SupervisedContrastiveLoss())
    history = model.fit(EMBEDDINGS, labels, batch_size=6, verbose=0).history
    assert history["loss"] == [0.0]  # no mated pair


def test_floating_labels_that_float32_cannot_tell_apart_make_the_loss_nan():
    loss = OnlineTripletLoss()
    assert np.isfinite(float(loss((2**24 - 6 + np.arange(6)).astype(np.float64), EMBEDDINGS)))
    for labels in (LARGE.astype(np.float64), -LARGE.astype(np.float32), np.full(6, np.inf)):
        assert np.isnan(float(loss(labels, EMBEDDINGS)))


def test_nothing_is_compared_before_the_shapes_fit():
    x = np.zeros((2, 3), np.float32)
    assert np.asarray(one_each(np.array([[4], [5]]), x)).tolist() == [4, 5]
    with pytest.raises(InvalidInputError, match=r"each of 2 rows.*shape \(2, 1, 1\)"):
        one_each(np.zeros((2, 1, 1)), x)
    assert bool(distinct(ops.convert_to_tensor(np.zeros(2, np.float32))))


@pytest.mark.skipif(not TENSORFLOW, reason="JAX knows every size")
def test_sizes_that_only_the_batch_shows():
    import tensorflow as tf

    loss = OnlineTripletLoss()
    spec = tf.TensorSpec((None, 4))
    for shape in ((None,), (None, 1), (None, None), None):
        step = tf.function(loss, input_signature=[tf.TensorSpec(shape, tf.int64), spec])
        labels = np.arange(6) // 2 if shape == (None,) else np.arange(6)[:, None] // 2
        expected = float(loss(np.arange(6) // 2, EMBEDDINGS))
        assert float(step(labels, EMBEDDINGS)) == pytest.approx(expected)
        assert np.isnan(float(step(labels[:1], EMBEDDINGS)))
    refused = [tf.TensorSpec((None, 3), tf.int64), spec]
    with pytest.raises(InvalidInputError, match=r"each row, .*shape \(None, 3\)"):
        tf.function(loss, input_signature=refused, autograph=False).get_concrete_function()
