"""Images as they come made one size and one colour, and put into a store."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet.preprocessing import to_input
from twinlet_train.data.filling import Filling, Room
from twinlet_train.data.store import ImageStore, blocks

MEMORY_MB = 1024  # CIFAR-10 takes 176, and a machine that trains has several times this


@dataclass(frozen=True)
class Wanted:
    """How images are wanted."""

    size: int | None = None  # side in pixels; None: the one they share
    channels: int | None = None  # 1 or 3; None: 3 as soon as one image has colour
    memory_mb: int = MEMORY_MB  # MiB that they may take in memory; more go to disk
    places: bool = False  # whether the place of each image is kept, some 100 bytes each


def resized(image: NDArray[np.uint8], wanted: Wanted) -> NDArray[np.uint8]:
    """Resize (h, w) or (h, w, 3) to the square wanted, by the rule the runtime applies to probes.

    Where grey is wanted, colour goes first, as it does there.
    """
    size = wanted.size
    if size is None:
        return image
    grey = image.ndim == 2 or wanted.channels == 1
    contract = InputContract(size, size, 1 if grey else 3, color="L" if grey else "RGB")
    pixels = to_input(image, contract)
    return pixels[..., 0] if grey else pixels


class Uniform:
    """Takes images (h, w) or (h, w, 3) and becomes a store (n, h, w, c) of them."""

    def __init__(self, wanted: Wanted, spec: str, *, count: int) -> None:
        """Prepare.

        Args:
            wanted: Colour and room; images are resized before they come here.
            spec: Whose images, for messages.
            count: How many will come at most.
        """
        self._channels = wanted.channels
        self._spec = spec
        self._room = Room(spec, count, wanted.memory_mb * 2**20)
        self._sizes: Counter[tuple[int, int]] = Counter()
        self._rows: Filling | None = None

    def put(self, place: int, image: NDArray[np.uint8]) -> None:
        """Take an image.

        Args:
            place: Below `count`; images come out by rising place.
            image: Uint8 (h, w) or (h, w, 3).

        Raises:
            TwinletError: There is no room for it, neither in memory nor on disk.
        """
        height, width = image.shape[:2]
        self._sizes[height, width] += 1
        if len(self._sizes) > 1:
            self._rows = None  # to be refused; the others are only counted
            return
        channels = self._channels or (3 if image.ndim == 3 else 1)
        rows = self._rows
        if rows is None:
            rows = self._rows = Filling((height, width, channels), self._room)
        elif channels > rows.shape[2]:
            rows = self._rows = self._coloured(rows)
        channels = rows.shape[2]
        contract = InputContract(height, width, channels, color="L" if channels == 1 else "RGB")
        rows.put(place, to_input(image, contract))

    def finish(self) -> ImageStore:
        """Make the store; at least one image must have come.

        Raises:
            InvalidInputError: Images of several sizes.
        """
        if self._rows is None:
            way_out = "resize them all with --set data.size=SIDE"
            if all(1 in size for size in self._sizes):
                way_out = "vectors cannot be resized, make them of one length"
            common = ", ".join(f"{h}x{w} ({n})" for (h, w), n in self._sizes.most_common(3))
            raise InvalidInputError(
                f"{self._spec} has images of {len(self._sizes)} sizes, most of them {common}; "
                f"expected one: {way_out}"
            )
        return self._rows.finish()

    def _coloured(self, grey: Filling) -> Filling:
        """Begin anew with three channels, when colour comes after grey."""
        height, width, _ = grey.shape
        rows = Filling((height, width, 3), self._room)
        places = grey.places.tolist()
        images = (image for block in blocks(grey.finish()) for image in block)
        for place, image in zip(places, images, strict=True):
            rows.put(place, np.repeat(image, 3, axis=2))
        return rows
