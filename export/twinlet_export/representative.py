"""Which training images show a converter the ranges of the activations."""

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError


def representative(
    labels: NDArray[np.int64], train: NDArray[np.int64], *, count: int, seed: int
) -> NDArray[np.int64]:
    """Draw images, every class as often as any other while it lasts.

    Args:
        labels: Of all images, (n,).
        train: Indices of the training split.
        count: How many to draw; all, when there are fewer.
        seed: Same seed, same images.

    Returns:
        Rising indices, a part of `train`: recorded in the bundle, so that the file can be made
        again.

    Raises:
        InvalidInputError: The training split is empty, or `count` is below 1.
    """
    if len(train) == 0 or count < 1:
        raise InvalidInputError(
            f"cannot draw {count} representative images from a training split of {len(train)}; "
            f"both must be at least 1"
        )
    shuffled = np.random.default_rng(seed).permutation(train)
    turn = np.empty(len(shuffled), dtype=np.int64)  # an image is the how-manieth of its class
    for label in np.unique(labels[shuffled]):
        own = np.flatnonzero(labels[shuffled] == label)
        turn[own] = np.arange(len(own))
    order = np.argsort(turn, kind="stable")
    return np.sort(shuffled[order[:count]])
