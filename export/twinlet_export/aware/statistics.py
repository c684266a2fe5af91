"""Batch-normalisation statistics of a tuned network: the mean of many batches, not of the last."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

FIRST = 0.9  # momentum while the weights move: statistics follow within ten batches

BeforeStep = Callable[[int, float], None]  # of steps taken and progress, 0 to 1


@contextlib.contextmanager
def settling(network: Any, settled: float) -> Iterator[BeforeStep]:
    """Let the moving statistics settle inside the block.

    A momentum of 0.9, with which twinlet trains, leaves the statistics of the last ten batches,
    and their noise alone costs a twin of CIFAR-10 as many misses as eight bits do
    (`benchmarks/README.md`). Over the last part of a tuning they become the plain mean over its
    batches ("precise BatchNorm" of Wu and Johnson 2021, arXiv:2105.07576, section 3), without
    passes of their own.

    Args:
        network: A tf_keras network before its first step; layers may be wrapped by tfmot.
        settled: Share of the tuning after which the weights barely move, 0 to 1; 1 for the
            statistics of the last ten batches.

    Yields:
        What to call before each step.
    """
    import tensorflow as tf

    momentum = tf.Variable(FIRST, trainable=False, dtype=tf.float32)
    layers = [getattr(layer, "layer", layer) for layer in network.layers]
    own = {layer: layer.momentum for layer in layers if hasattr(layer, "moving_variance")}
    for layer in own:
        # Past Keras, which would take the variable for one of the layer's weights.
        object.__setattr__(layer, "momentum", momentum)

    def before_step(done: int, progress: float) -> None:
        momentum.assign(momentum_at(done, progress, settled))

    try:
        yield before_step
    finally:
        for layer, before in own.items():
            object.__setattr__(layer, "momentum", before)


def momentum_at(done: int, progress: float, settled: float) -> float:
    """How much of the moving statistics the next step keeps.

    Args:
        done: Steps taken; how many there will be may follow from a clock, which progress knows.
        progress: 0 at the start, 1 at the end.
        settled: At which progress the mean begins.

    Returns:
        In [0.9, 1): k / (k + 1) when k steps are in the mean.
    """
    averaged = done * max(0.0, progress - settled) / progress if progress else 0.0
    return max(FIRST, averaged / (averaged + 1.0))
