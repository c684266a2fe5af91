"""Walking over all pairs of images in blocks, so that memory does not grow with their number."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twinlet.metrics.comparisons import BLOCK_ELEMENTS
from twinlet.scores import similarity_matrix

Vectors = NDArray[np.float64]
Scores = NDArray[np.float32]
Places = NDArray[np.intp]


def pair_blocks(
    probes: Vectors, templates: Vectors, stops: Places
) -> Iterator[tuple[slice, Scores]]:
    """Similarities of rows of images with themselves and all later ones.

    Args:
        probes: Vectors (n, d) of the earlier image of a pair.
        templates: Vectors (n, d) of the later one; the same unless enrolled images are encoded
            in another way.
        stops: Rising places in 1..n, the last n: no block reaches over one of them.

    Yields:
        The rows, and float32 similarities (rows, n - first row). An image with itself or with
        an earlier one is in it too: `later_pairs` says which are meant.
    """
    n, begin = len(probes), 0
    for stop in stops:
        while begin < stop:
            end = min(int(stop), begin + max(1, BLOCK_ELEMENTS // (n - begin)))
            block = similarity_matrix(probes[begin:end], templates[begin:])
            yield slice(begin, end), block.astype(np.float32)
            begin = end


def later_pairs(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which elements of a block are of a row and a later image."""
    rows, columns = shape
    return np.arange(columns) > np.arange(rows)[:, None]
