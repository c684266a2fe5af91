"""Batch-normalisation statistics measured anew, once the weights no longer move.

In training a moving average follows weights that change under it, and it remembers only the
last 1 / (1 - momentum) batches. What inference divides by is better measured with the final
weights over many batches: "precise batch normalisation" (Wu and Johnson 2021, Rethinking "Batch"
in BatchNorm, arXiv:2105.07576, section 3).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    import keras

Array = NDArray[np.float64]


def restimate(twin: "keras.Model", batches: Iterable[Any]) -> None:
    """Re-estimate the moving statistics of a flat model, in place; weights stay as they are.

    With mean m_i and variance v_i of batch i of n_i images, each layer gets the mean
    M = E[m_i] and the variance E[v_i + m_i^2] - M^2 over all images (arXiv:2105.07576, equation
    2, weighted by n_i), exactly those of the batches together. The batches pass in training
    mode, so that a layer sees what the layers before it give in training. Frozen layers (not
    trainable) keep theirs.

    Args:
        twin: The trained model; does nothing without batch normalisation.
        batches: Inputs of the model, augmented as in training and of its batch size; some
            hundred of them settle the statistics.

    Raises:
        InvalidInputError: No batch.
    """
    import keras

    layers = [
        layer
        for layer in twin.layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
    if not layers:
        return
    before = [(layer.momentum, _statistics(layer)) for layer in layers]
    moments = [_Moments() for _ in layers]
    try:
        for layer in layers:
            layer.momentum = 0.0  # the moving statistics become those of the last batch
            # Reset: zero times what is not finite would not be zero.
            _assign(layer, (np.zeros(layer.moving_mean.shape), np.ones(layer.moving_mean.shape)))
        for batch in batches:
            twin(batch, training=True)
            for layer, moment in zip(layers, moments, strict=True):
                moment.add(len(batch), *_statistics(layer))
        if not moments[0].images:
            raise InvalidInputError(
                "cannot re-estimate batch-normalisation statistics from no batch; expected some "
                "hundred training batches, got none"
            )
    except BaseException:
        for layer, (_, statistics) in zip(layers, before, strict=True):
            _assign(layer, statistics)
        raise
    finally:
        for layer, (momentum, _) in zip(layers, before, strict=True):
            layer.momentum = momentum
    for layer, moment in zip(layers, moments, strict=True):
        _assign(layer, (moment.mean, moment.variance))


class _Moments:
    """Sums over batches, in float64: a mean and a mean square, weighted by images."""

    def __init__(self) -> None:
        self.images = 0
        self._mean: Array | float = 0.0
        self._square: Array | float = 0.0

    def add(self, images: int, mean: Array, variance: Array) -> None:
        """Take in a batch."""
        self.images += images
        self._mean = self._mean + images * mean
        self._square = self._square + images * (variance + mean**2)

    @property
    def mean(self) -> Array:
        """Over all images."""
        return np.asarray(self._mean) / self.images

    @property
    def variance(self) -> Array:
        """Over all images; never below zero."""
        return np.maximum(np.asarray(self._square) / self.images - self.mean**2, 0.0)


def _statistics(layer: Any) -> tuple[Array, Array]:
    import keras

    mean, variance = map(keras.ops.convert_to_numpy, (layer.moving_mean, layer.moving_variance))
    return mean.astype(np.float64), variance.astype(np.float64)


def _assign(layer: Any, statistics: tuple[Array, Array]) -> None:
    layer.moving_mean.assign(statistics[0].astype(np.float32))
    layer.moving_variance.assign(statistics[1].astype(np.float32))
