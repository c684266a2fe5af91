"""What every loss does with what it cannot learn from: NaN, weights, shapes that do not fit."""

import keras
import numpy as np
import pytest
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train import losses
from twinlet_train.losses import (
    EMBEDDING_LOSSES,
    PROXY_LOSSES,
    ContrastiveLoss,
    CosFaceLoss,
    ImitationLoss,
    OnlineTripletLoss,
    PairContrastiveLoss,
    SupervisedContrastiveLoss,
    identity_loss,
)
from twinlet_train.mining import MINERS

RNG = np.random.default_rng(0)
LABELS = np.array([0, 0, 1, 1, 2, 2])
EMBEDDINGS = RNG.normal(size=(6, 4)).astype(np.float32)
COSINES = RNG.uniform(-1, 1, (6, 3)).astype(np.float32)
DISTANCES = RNG.uniform(0, 2, 6).astype(np.float32)
IMITATED = np.concatenate([LABELS[:, None], RNG.normal(size=(6, 5))], axis=1).astype(np.float32)
ON_EMBEDDINGS = [
    *(OnlineTripletLoss(mining=m) for m in MINERS),
    *(OnlineTripletLoss(mining=m, soft=True) for m in MINERS),
    *(OnlineTripletLoss(mining=m, distance="euclidean") for m in MINERS if "weight" not in m),
    OnlineTripletLoss(distance="squared-euclidean"),
    *(kind() for name, kind in EMBEDDING_LOSSES.items() if name != "triplet"),
    ContrastiveLoss(distance="cosine"),
]
BATCHES = [
    *((loss, LABELS, EMBEDDINGS) for loss in ON_EMBEDDINGS),
    *((kind(), LABELS, COSINES) for kind in PROXY_LOSSES.values()),
    (ImitationLoss(OnlineTripletLoss(), 4), IMITATED, EMBEDDINGS),
    (ImitationLoss(CosFaceLoss(), 4), IMITATED, np.concatenate([EMBEDDINGS, COSINES], axis=1)),
    (PairContrastiveLoss(), LABELS % 2, DISTANCES),
    (identity_loss, LABELS, DISTANCES),
]


def test_every_public_loss_is_here():
    here = {getattr(loss, "__name__", type(loss).__name__) for loss, _, _ in BATCHES}
    assert here == {*losses.__all__} - {"EMBEDDING_LOSSES", "PROXY_LOSSES"}


def spoilt(x, value, rows):
    x = x.copy()
    x[rows] = value
    return x


@pytest.mark.parametrize(("loss", "y", "x"), BATCHES)
def test_one_nan_makes_the_loss_nan(loss, y, x, compiled):
    assert np.isfinite(float(loss(y, x)))
    step = compiled(lambda v: loss(y, v))
    assert np.isfinite(float(step(x)))
    for rows in (0, 5, slice(None)):
        assert np.isnan(float(loss(y, spoilt(x, np.nan, rows))))
        assert np.isnan(float(step(spoilt(x, np.nan, rows))))


@pytest.mark.parametrize(("loss", "y", "x"), BATCHES[:-1])
def test_looking_for_nan_leaves_value_and_gradient(loss, y, x, gradient):
    plain = y if isinstance(loss, ImitationLoss) else ops.convert_to_tensor(y)
    expected, wanted = gradient(lambda v: loss.call(plain, ops.convert_to_tensor(v)), x)
    value, slope = gradient(lambda v: loss(y, v), x)
    assert value == expected
    np.testing.assert_array_equal(slope, wanted)


@pytest.mark.parametrize("loss", ON_EMBEDDINGS)
def test_half_precision_near_its_largest_number_is_finite(loss):
    large = ops.cast(np.where(EMBEDDINGS > 0.0, 6e4, -3e4), "float16")  # summed, it would be inf
    assert np.isfinite(float(loss(LABELS, large)))


@pytest.mark.parametrize(("loss", "y", "x"), BATCHES[:-1])
def test_a_nan_label_makes_the_loss_nan(loss, y, x):
    y = y.astype(np.float32)
    y[(3, 0) if y.ndim > 1 else 3] = np.nan
    assert np.isnan(float(loss(y, x)))


def test_a_nan_to_imitate_makes_the_loss_nan():
    loss = ImitationLoss(OnlineTripletLoss(), 4)
    assert np.isnan(float(loss(spoilt(IMITATED, np.nan, (2, 3)), EMBEDDINGS)))


def network():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])


def test_training_on_nan_is_ended_by_keras():
    model = network()
    model.compile("adam", OnlineTripletLoss())
    x = np.full((12, 4), np.nan, np.float32)
    stop = keras.callbacks.TerminateOnNaN()
    history = model.fit(x, np.arange(12) // 2, 6, epochs=3, callbacks=[stop], verbose=0).history
    assert np.isnan(history["loss"]).tolist() == [True]


@pytest.mark.parametrize(("loss", "y", "x"), BATCHES[:-1])
def test_weights_of_images_are_refused(loss, y, x):
    with pytest.raises(InvalidInputError, match="takes no sample_weight or class_weight"):
        loss(y, x, sample_weight=np.ones(6))


def test_weights_given_to_fit_are_refused():
    model = network()
    model.compile("adam", SupervisedContrastiveLoss())
    for weights in ({"class_weight": dict.fromkeys(range(3), 1.0)}, {"sample_weight": np.ones(6)}):
        with pytest.raises(InvalidInputError, match="SupervisedContrastiveLoss is one number"):
            model.fit(EMBEDDINGS, LABELS, batch_size=6, verbose=0, **weights)


@pytest.mark.parametrize(
    ("loss", "y", "x", "message"),
    [
        (CosFaceLoss(), np.eye(3)[LABELS], COSINES, r"of 6 rows.*shape \(6, 3\).*not one-hot"),
        (OnlineTripletLoss(), LABELS[:3], EMBEDDINGS, r"of 6 rows.*shape \(3,\)"),
        (SupervisedContrastiveLoss(), LABELS[:1], EMBEDDINGS, r"of 6 rows.*shape \(1,\)"),
        (OnlineTripletLoss(), np.array(1), EMBEDDINGS, r"of 6 rows.*shape \(\)"),
        (OnlineTripletLoss(), LABELS, EMBEDDINGS[:, 0], r"y_pred of shape \(n, d\), got \(6,\)"),
        (PairContrastiveLoss(), LABELS, EMBEDDINGS, r"one distance a pair.*shape \(6, 4\)"),
        (PairContrastiveLoss(), LABELS[:1], DISTANCES, r"of 6 rows.*shape \(1,\)"),
        (ImitationLoss(CosFaceLoss(), 4), LABELS, EMBEDDINGS, r"y_true of shape \(n, 1 \+ e\)"),
        (ImitationLoss(CosFaceLoss(), 9), IMITATED, EMBEDDINGS, r"shape \(n, 9 \+ p\), got \(6, 4"),
        (ImitationLoss(OnlineTripletLoss(), 4), IMITATED[:2], EMBEDDINGS, r"of 6 rows.*\(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(loss, y, x, message):
    with pytest.raises(InvalidInputError, match=message):
        loss(y, x)


def test_one_hot_labels_given_to_fit_are_refused():
    model = network()
    model.compile("adam", OnlineTripletLoss())
    with pytest.raises(InvalidInputError, match="expected one label for each"):
        model.fit(EMBEDDINGS, np.eye(3)[LABELS], batch_size=4, verbose=0)
