"""How many comparisons are independent: what the others, which share images with them, add to."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels
from twinlet.metrics.clusters import UNITS, Unit


@dataclass(frozen=True)
class Independent:
    """Numbers of independent comparisons, at least 1 each; need not be whole."""

    mated: float
    non_mated: float

    def limits(self, confidence: float = 0.95) -> tuple[float, float]:
        """Rates that cannot be ruled out although no error was seen: of misses, of false matches.

        The exact form of the rule of three (Hanley and Lippman-Hand 1983), about 3 / n each.
        """
        return (
            -math.expm1(math.log1p(-confidence) / self.mated),
            -math.expm1(math.log1p(-confidence) / self.non_mated),
        )


def disjoint_pairs(labels: ArrayLike, unit: Unit) -> Independent:
    """Count the most comparisons that share nothing with each other.

    All pairs of n images are n (n - 1) / 2, but if one image in a hundred resembles everything, n
    images have shown it no more often than n / 2 pairs without a common image would. This is the
    cautious count: where images differ little, all pairs tell more than these.

    Args:
        labels: Identities (n,), integers or strings.
        unit: What comparisons must not share: "image", or "identity" where users will be
            identities not seen here.

    Returns:
        For images, pairs of mates and pairs of strangers that have no image in common; for
        identities, those with two images or more, and pairs of two.

    Raises:
        InvalidInputError: There are no mates or no strangers, or the unit is unknown.
    """
    if unit not in UNITS:
        raise InvalidInputError(f"unknown unit {unit!r}; expected {' or '.join(UNITS)}")
    sizes = np.bincount(checked_labels(labels))
    if len(sizes) < 2 or sizes.max() < 2:
        raise InvalidInputError(
            f"expected two identities or more, one of them with two images or more, got "
            f"{len(sizes)} with at most {sizes.max(initial=0)}"
        )
    if unit == "identity":
        return Independent(mated=int((sizes >= 2).sum()), non_mated=len(sizes) // 2)
    images = int(sizes.sum())
    # Strangers can be paired off until one identity is left over.
    strangers = min(images // 2, images - int(sizes.max()))
    return Independent(mated=int((sizes // 2).sum()), non_mated=strangers)
