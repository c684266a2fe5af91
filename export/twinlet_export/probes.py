"""Which test images become the golden probes of a bundle, and how they are paired."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError


@dataclass(frozen=True)
class Probes:
    """Chosen images and their pairs."""

    indices: NDArray[np.int64]  # into the data set, two of an identity next to each other
    pairs: tuple[tuple[int, int, bool], ...]  # positions in `indices`, and mated or not


def choose_probes(
    labels: NDArray[np.int64], test: NDArray[np.int64], *, pairs: int, seed: int
) -> Probes:
    """Choose images of the test split for mated and non-mated pairs.

    Args:
        labels: Of all images, (n,).
        test: Indices of the test split.
        pairs: How many mated and how many non-mated pairs are wanted; fewer, where the
            images do not suffice.
        seed: Same seed, same choice.

    Returns:
        Two images a mated pair, from as many identities as there are; non-mated pairs take
        the first image of one and the second of another.

    Raises:
        InvalidInputError: The split has no two images of one identity, or one identity only.
    """
    rng = np.random.default_rng(seed)
    couples = _couples(labels, rng.permutation(test))[:pairs]
    identities = [int(labels[first]) for first, _ in couples]
    if len(set(identities)) < 2:
        raise InvalidInputError(
            f"the test split has {len(set(identities))} identities with two images or more, at "
            f"least 2 are needed for golden pairs; add images"
        )
    mated = [(2 * i, 2 * i + 1, True) for i in range(len(couples))]
    non_mated = [(2 * i, 2 * _next_other(identities, i) + 1, False) for i in range(len(couples))]
    indices = np.array([image for couple in couples for image in couple], dtype=np.int64)
    return Probes(indices, (*mated, *non_mated))


def _couples(labels: NDArray[np.int64], images: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Take two images of every identity in turn, then two more of each, until none is left."""
    own: dict[int, list[int]] = {}
    for image in images.tolist():
        own.setdefault(int(labels[image]), []).append(image)
    couples = []
    while own := {label: left for label, left in own.items() if len(left) >= 2}:
        couples += [(left.pop(), left.pop()) for left in own.values()]
    return couples


def _next_other(identities: list[int], here: int) -> int:
    """The next position, going round, that holds another identity."""
    turns = ((here + step) % len(identities) for step in range(1, len(identities)))
    return next(there for there in turns if identities[there] != identities[here])
