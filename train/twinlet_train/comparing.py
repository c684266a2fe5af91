"""Which images are compared with each other, when all with all would be too many."""

import numpy as np

from twinlet_train.batches import Labels
from twinlet_train.splits import Indices

# All comparisons among n images take 2 n^2 bytes, and time grows alike.
# After every epoch: 12 million, 50 MB, a second on one core. CIFAR-10's 4,500
# validation images stay whole.
VALIDATION_IMAGES = 5_000
# Once at the end: 50 million, 200 MB, three seconds.
TEST_IMAGES = 10_000


def compared(labels: Labels, indices: Indices, count: int, *, seed: int) -> Indices:
    """Draw images, evenly from all classes and two of a class at a time.

    One at a time would leave no mated pair where there are as many classes as images wanted.

    Args:
        labels: Of all images of the data set, (n,).
        indices: Of the images to draw from.
        count: How many to draw; all, when there are fewer.
        seed: Same seed, same images.

    Returns:
        Rising indices, a part of `indices`.
    """
    if len(indices) <= count:
        return np.sort(indices)
    rng = np.random.default_rng([seed, 7])
    shuffled = rng.permutation(indices)
    names, code = np.unique(labels[shuffled], return_inverse=True)
    turn = np.empty(len(code), dtype=np.int64)  # an image is the how-manieth of its class
    by_class = np.argsort(code, kind="stable")
    firsts = np.searchsorted(code[by_class], np.arange(len(names)))
    turn[by_class] = np.arange(len(code)) - firsts[code[by_class]]
    first_come = rng.permutation(len(names))[code]
    order = np.lexsort((turn, first_come, turn // 2))
    return np.sort(shuffled[order[:count]])
