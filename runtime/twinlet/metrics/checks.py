"""What the metrics demand of templates, labels and rates."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError

# A float32 unit vector of thousands of dimensions is within 1e-5 of length 1; a raw embedding
# is nowhere near it, and would give cosines that are none.
UNIT_TOLERANCE = 1e-3


def checked_templates(templates: ArrayLike, name: str = "templates") -> NDArray[np.float64]:
    """Take unit vectors (n, d) as float64, or say what is wrong with them."""
    vectors = np.asarray(templates)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise InvalidInputError(
            f"{name} must be a non-empty array of shape (n, d), got shape {vectors.shape}"
        )
    if vectors.dtype.kind not in "fiu":
        raise InvalidInputError(f"{name} must be real numbers, got dtype {vectors.dtype}")
    vectors = vectors.astype(np.float64, copy=False)
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    # Written so that NaN and infinity fail too.
    bad = ~(np.abs(lengths - 1.0) <= UNIT_TOLERANCE)
    if bad.any():
        first = int(np.argmax(bad))
        raise InvalidInputError(
            f"{name} must be finite vectors of length 1, got length {lengths[first]:g} in row "
            f"{first} ({int(bad.sum())} of {len(bad)} rows); normalise the embeddings first"
        )
    return vectors


def checked_labels(labels: ArrayLike, length: int | None = None) -> NDArray[np.intp]:
    """Take identities (n,) and number them 0, 1, 2, ... in sorted order."""
    values = np.asarray(labels)
    if values.ndim != 1 or (length is not None and len(values) != length):
        expected = "(n,)" if length is None else f"({length},), one label per template"
        raise InvalidInputError(f"labels must have shape {expected}, got shape {values.shape}")
    if values.size and values.dtype.kind not in "biuUS":
        raise InvalidInputError(
            f"labels must be integers or strings, got dtype {values.dtype}; floats cannot name "
            f"an identity exactly"
        )
    codes: NDArray[np.intp] = np.unique(values, return_inverse=True)[1]
    return codes.reshape(values.shape)


def checked_pair_flags(mated: ArrayLike, length: int) -> NDArray[np.bool_]:
    """Take the booleans (n,) that say which pairs are mated."""
    flags = np.asarray(mated)
    if flags.dtype != np.bool_ or flags.shape != (length,):
        raise InvalidInputError(
            f"mated must be {length} booleans, one per pair, got {flags.dtype} of shape "
            f"{flags.shape}"
        )
    return flags
