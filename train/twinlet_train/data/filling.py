"""Room for images of one shape: in memory where they fit, else on disk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet_train.data.scratch import Scratch
from twinlet_train.data.store import DiskImages, ImageStore


@dataclass(frozen=True)
class Room:
    """How much room there has to be."""

    owner: str  # whose images, for messages
    count: int  # how many images come at most
    memory: int  # bytes that they may take in memory


class Filling:
    """Takes images (h, w, c) of one shape in any order, and becomes a store of them."""

    def __init__(self, shape: tuple[int, int, int], room: Room) -> None:
        """Make room.

        Raises:
            TwinletError: The images fit neither memory nor the disk.
        """
        self.shape = shape
        self._taken = np.zeros(room.count, dtype=bool)
        self._image_bytes = int(np.prod(shape))
        total = room.count * self._image_bytes
        on_disk = total > room.memory
        self._scratch = Scratch(room.owner, total) if on_disk else None
        # Memory is used up as it is written to, so places that stay empty cost nothing.
        self._images = np.empty((0 if on_disk else room.count, *shape), dtype=np.uint8)

    @property
    def places(self) -> NDArray[np.int64]:
        """The places that were filled, rising."""
        return np.flatnonzero(self._taken)

    def put(self, place: int, image: NDArray[np.uint8]) -> None:
        """Take an image.

        Args:
            place: Below `Room.count`; images come out by rising place.
            image: Uint8 (h, w, c).

        Raises:
            TwinletError: The disk is full.
        """
        if self._scratch is None:
            self._images[place] = image
        else:
            self._scratch.write(image, place * self._image_bytes)
        self._taken[place] = True

    def finish(self) -> ImageStore:
        """Make the store; nothing can be put after that."""
        places = self.places
        if self._scratch is not None:
            return DiskImages(self._scratch, (len(places), *self.shape), places)
        # Places that stayed empty are closed up from the front, without a second array.
        moved = np.flatnonzero(places != np.arange(len(places)))
        for to in moved:
            self._images[to] = self._images[places[to]]
        return self._images[: len(places)]
