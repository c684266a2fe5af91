"""A few digests that stand for a set of images, so that others can be checked against it.

The smallest digests of a set are a sample of it that everybody draws alike (Broder 1997, On the
resemblance and containment of documents). Data that hold a share of the images hold, on average,
that share of the sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import BundleError

Digests = NDArray[np.uint8]  # (n, 16), one row an image

KEPT = 256  # images: of data that hold a fiftieth of the set, 99 in 100 are told


@dataclass(frozen=True)
class Sketch:
    """The smallest digests of a set of images."""

    digests: tuple[str, ...]  # hex, ascending
    images: int  # in the set

    @classmethod
    def of(cls, digests: Digests) -> "Sketch":
        """Take the smallest of the digests (n, 16), copies once."""
        return cls(tuple(sorted(set(_hexed(digests)))[:KEPT]), len(digests))

    @classmethod
    def from_json(cls, found: Any, place: str = "provenance.seen") -> "Sketch":
        """Read what `to_json` gave, at a place that messages name.

        Raises:
            BundleError: It is something else.
        """
        try:
            smallest, images = found["smallest"], int(found["images"])
            return cls(tuple(str(digest) for digest in smallest), images)
        except (TypeError, KeyError, ValueError) as error:
            raise BundleError(
                f"{place} must hold `smallest` and `images`, got {found!r:.80}"
            ) from error

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {"smallest": list(self.digests), "images": self.images}

    def among(self, digests: Digests) -> float:
        """Share of the set that is among images with these digests, as the sample tells."""
        there = set(_hexed(digests))
        return sum(digest in there for digest in self.digests) / max(len(self.digests), 1)

    def known(self, digests: Digests) -> NDArray[np.intp]:
        """Which of these images are of the sample, by index."""
        sample = set(self.digests)
        return np.flatnonzero([digest in sample for digest in _hexed(digests)])


def _hexed(digests: Digests) -> Sequence[str]:
    return [row.tobytes().hex() for row in digests]
