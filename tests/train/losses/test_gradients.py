"""Gradients stay finite where formulas have poles: equal embeddings, one class, half precision."""

import keras
import numpy as np
import pytest
from keras import ops

from twinlet_train.losses import EMBEDDING_LOSSES, PROXY_LOSSES, OnlineTripletLoss
from twinlet_train.mining import MINERS

LABELS = {
    "three classes": np.array([0, 0, 1, 1, 2, 2], np.float32),
    "one class": np.zeros(6, np.float32),
    "no mated pair": np.arange(6, dtype=np.float32),
}
EMBEDDINGS = {
    "identical": np.ones((6, 4), np.float32),
    "zero": np.zeros((6, 4), np.float32),
    "opposite": np.repeat(np.array([[1, 0, 0, 0], [-1, 0, 0, 0]], np.float32), 3, axis=0),
    "huge": 1e4 * np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32),
}
EUCLIDEAN = [mining for mining in MINERS if mining != "distance-weighted"]
LOSSES = [
    # Every mining by its name: what the default is may change.
    *(OnlineTripletLoss(mining=m) for m in MINERS),
    *(OnlineTripletLoss(mining=m, distance="euclidean") for m in EUCLIDEAN),
    *(OnlineTripletLoss(mining=m, distance="squared-euclidean", soft=True) for m in EUCLIDEAN),
    *(kind() for name, kind in EMBEDDING_LOSSES.items() if name != "triplet"),
]


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("x", EMBEDDINGS.values(), ids=EMBEDDINGS)
@pytest.mark.parametrize("loss", LOSSES)
def test_on_embeddings(loss, x, labels, gradient):
    value, slope = gradient(lambda v: loss(labels, v), x)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("cosine", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("kind", PROXY_LOSSES.values())
def test_on_proxies(kind, cosine, labels, gradient):
    value, slope = gradient(lambda v: kind()(labels, v), np.full((6, 6), cosine, dtype=np.float32))
    assert np.isfinite(value)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("loss", LOSSES)
def test_half_precision_embeddings_lose_nothing_inside_the_loss(loss, dtype, gradient):
    x = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    rounded = np.asarray(ops.cast(ops.cast(x, dtype), "float32"))
    labels = LABELS["three classes"]
    value, slope = gradient(lambda v: loss(labels, ops.cast(v, dtype)), x)
    assert value == pytest.approx(float(loss(labels, rounded)), rel=1e-6)
    assert np.isfinite(slope).all()


def test_triplets_of_identical_embeddings_cost_the_margin(gradient):
    value, _ = gradient(
        lambda v: OnlineTripletLoss(0.4)(LABELS["three classes"], v), EMBEDDINGS["identical"]
    )
    assert value == pytest.approx(0.4, abs=1e-5)


def test_trains_in_mixed_precision(mixed_float16):
    start = keras.initializers.GlorotUniform(seed=1)
    net = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, "relu", kernel_initializer=start),
            keras.layers.Dense(4, kernel_initializer=start),
        ]
    )
    net.compile(keras.optimizers.Adam(1e-2), OnlineTripletLoss())
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4), 8)
    x = np.eye(8, dtype=np.float32)[labels] + 0.1 * rng.normal(size=(32, 8)).astype(np.float32)
    history = net.fit(x, labels, batch_size=32, epochs=40, shuffle=False, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert history[-1] < 0.5 * history[0]
