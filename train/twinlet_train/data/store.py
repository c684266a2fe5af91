"""Images by number, wherever they are: an array in memory, a file on disk, or some of either."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twinlet_train.data.scratch import Scratch

Indices = NDArray[np.int64]

BLOCK_BYTES = 16 * 2**20  # of pixels read at once by whoever goes through all images


class ImageStore(Protocol):
    """Images (n, h, w, c); a numpy array is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, h, w, c)."""

    @property
    def ndim(self) -> int:
        """Number of dimensions, 4."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Uint8."""

    def __len__(self) -> int:
        """Number of images."""

    def __getitem__(self, key: Any, /) -> Any:
        """Uint8 images, chosen as numpy does by a number, a slice, or an array of either."""


class DiskImages:
    """Images on disk; whatever is asked for is read into a new array."""

    ndim = 4
    dtype: np.dtype[Any] = np.dtype(np.uint8)

    def __init__(self, scratch: Scratch, shape: tuple[int, int, int, int], rows: Indices) -> None:
        """Look at a file as images.

        Args:
            scratch: Holds whole images one after another.
            shape: (n, h, w, c) of the images.
            rows: Where each image lies in the file, counted in images, (n,).
        """
        self.shape = shape
        self._scratch = scratch
        self._rows = rows

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        """Read images; see `ImageStore`. Only the first axis can be indexed."""
        rows = np.asarray(self._rows[key])
        found = np.empty((*rows.shape, *self.shape[1:]), dtype=np.uint8)
        if not found.size:
            return found
        places = rows.reshape(-1)
        flat = found.reshape(len(places), -1)
        # Neighbours on disk come in one read.
        starts = np.flatnonzero(np.diff(places, prepend=places[0] - 2) != 1)
        for start, stop in zip(starts, np.append(starts[1:], len(places)), strict=True):
            self._scratch.read(flat[start:stop], int(places[start]) * flat.shape[1])
        return found


class Selected:
    """Some images of a store, in a given order, without a copy of them."""

    ndim = 4
    dtype: np.dtype[Any] = np.dtype(np.uint8)

    def __init__(self, images: ImageStore, indices: Indices) -> None:
        """Keep a store and the numbers of the images in it."""
        self.shape = (len(indices), *images.shape[1:])
        self._images = images
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, key: Any) -> NDArray[np.uint8]:
        """Give images; see `ImageStore`."""
        found: NDArray[np.uint8] = self._images[self._indices[key]]
        return found


def blocks(images: ImageStore, *, multiple: int = 1) -> Iterator[NDArray[np.uint8]]:
    """Go through all images in arrays of `BLOCK_BYTES`, or of `multiple` images if that is more.

    Args:
        images: (n, h, w, c).
        multiple: Every array but the last holds a multiple of so many images.

    Yields:
        Arrays (m, h, w, c); together all images in their order.
    """
    image_bytes = int(np.prod(images.shape[1:]))
    rows = max(1, BLOCK_BYTES // (multiple * image_bytes)) * multiple
    for start in range(0, len(images), rows):
        yield images[start : start + rows]
