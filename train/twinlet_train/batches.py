"""Batches for training, as plain uint8 arrays: no backend is assumed."""

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError

Labels = NDArray[np.int64]
Pixels = NDArray[np.uint8]


def fixed_triplets(labels: Labels, count: int, *, seed: int) -> NDArray[np.int64]:
    """Draw triplets once, as the reference recipe does.

    Args:
        labels: Identities (n,); at least two, one of them with two images.
        count: How many triplets.
        seed: Of the drawing.

    Returns:
        Indices (count, 3): anchor and positive are different images of one identity, the
        negative is an image of another. Anchors are drawn evenly over images, negatives evenly
        over the other images.
    """
    rng = np.random.default_rng([seed, 3])
    members = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
    anchors_from = np.concatenate([own for own in members.values() if len(own) >= 2])
    anchors = rng.choice(anchors_from, size=count)
    positives = np.empty_like(anchors)
    negatives = np.empty_like(anchors)
    for label, own in members.items():
        rows = np.flatnonzero(labels[anchors] == label)
        if not len(rows):
            continue
        # A step of 1..len-1 around the identity's own list never lands on the anchor.
        place = np.searchsorted(own, anchors[rows])
        step = rng.integers(1, len(own), size=len(rows))
        positives[rows] = own[(place + step) % len(own)]
        negatives[rows] = rng.choice(np.flatnonzero(labels != label), size=len(rows))
    return np.stack([anchors, positives, negatives], axis=1)


def balanced_batches(
    labels: Labels, classes: int, samples: int, *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Order one epoch in batches of P classes x K samples (Hermans et al. 2017).

    Args:
        labels: Identities (n,).
        classes: P, at most the number of identities.
        samples: K, at least 2.
        rng: Where the order comes from.

    Returns:
        Indices (steps, P * K), steps = n // (P * K) but at least 1. Within a batch classes are
        distinct; a class goes through all of its images before one comes again.

    Raises:
        InvalidInputError: More classes asked for than there are, or K below 2.
    """
    names = np.unique(labels)
    if samples < 2 or not 2 <= classes <= len(names):
        raise InvalidInputError(
            f"a batch takes at least 2 classes of {len(names)} with at least 2 samples each, got "
            f"{classes} classes x {samples} samples; set fit.classes_per_batch and "
            f"fit.samples_per_class"
        )
    steps = max(1, len(labels) // (classes * samples))
    queues = {name: np.empty(0, dtype=np.int64) for name in names}
    turns = _turns(names, steps * classes, classes, rng)
    rows = []
    for name in turns:
        while len(queues[name]) < samples:
            queues[name] = np.append(queues[name], rng.permutation(np.flatnonzero(labels == name)))
        rows.append(queues[name][:samples])
        queues[name] = queues[name][samples:]
    return np.concatenate(rows).reshape(steps, classes * samples)


def _turns(names: Labels, count: int, classes: int, rng: np.random.Generator) -> Labels:
    """Whose turn it is: every class equally often, none twice in a batch."""
    turns: list[int] = []
    waiting: list[int] = []
    while len(turns) < count:
        batch: list[int] = []
        while len(batch) < classes:
            if not waiting:
                waiting = rng.permutation(names).tolist()
            free = next((i for i, name in enumerate(waiting) if name not in batch), None)
            if free is None:  # all that wait are in this batch: start the next round early
                waiting = rng.permutation(names).tolist() + waiting
                continue
            batch.append(waiting.pop(free))
        turns.extend(batch)
    return np.array(turns, dtype=np.int64)
