"""Distances between embeddings, in `keras.ops`, with finite gradients everywhere.

Each comes twice: pair by pair, `(..., d), (..., d) -> (...)`, and as the matrix of a batch,
`(n, d) -> (n, n)`. What is not a number stays so: every question below is one that NaN answers
with no, and then the value itself is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras import ops

from twinlet.errors import InvalidInputError

# A squared norm below this counts as 0 (in half precision this is 0 itself): an all-zero
# embedding then has a zero gradient instead of NaN or one of a million.
EPSILON = 1e-12

# A squared distance below this share of the squared norms is rounding of float32 (four units in
# the last place), and counts as 0: the root's gradient would blow the rounding up.
ROUNDING = 5e-7


def unit(vectors: Any) -> Any:
    """Scale vectors (..., d) to length 1 along the last axis; zero stays zero."""
    squared = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    none = squared <= EPSILON
    safe = ops.where(none, ops.ones_like(squared), squared)
    return vectors * ops.where(none, ops.zeros_like(squared), ops.rsqrt(safe))


def cosine_distance(a: Any, b: Any) -> Any:
    """`1 - cos(a, b)` pair by pair.

    Args:
        a: Embeddings (..., d), any length.
        b: Embeddings (..., d), any length.

    Returns:
        Distances (...), in [0, 2]: 0 the same direction, 2 opposite.
    """
    return 1.0 - ops.sum(unit(a) * unit(b), axis=-1)


def cosine_distance_matrix(embeddings: Any) -> Any:
    """`1 - cos` of every embedding with every other, (n, d) -> (n, n)."""
    directions = unit(embeddings)
    return 1.0 - ops.matmul(directions, ops.transpose(directions))


def squared_euclidean_distance(a: Any, b: Any) -> Any:
    """`|a - b|^2` pair by pair, (..., d) -> (...); in [0, 4] for unit vectors."""
    return ops.sum(ops.square(a - b), axis=-1)


def squared_euclidean_distance_matrix(embeddings: Any) -> Any:
    """`|a - b|^2` of every embedding with every other, (n, d) -> (n, n), never below 0."""
    squared, scale = _squared_by_products(embeddings)
    return ops.where(squared <= ROUNDING * scale, ops.zeros_like(squared), squared)


def euclidean_distance(a: Any, b: Any) -> Any:
    """`|a - b|` pair by pair, (..., d) -> (...); the gradient of two equal vectors is 0."""
    return _root(squared_euclidean_distance(a, b), 0.0)


def euclidean_distance_matrix(embeddings: Any) -> Any:
    """`|a - b|` of every embedding with every other, (n, d) -> (n, n).

    What lies within float32's rounding (0.0007 of the length) is 0, with a zero gradient.
    """
    squared, scale = _squared_by_products(embeddings)
    return _root(squared, ROUNDING * scale)


def _squared_by_products(embeddings: Any) -> tuple[Any, Any]:
    """`|a|^2 + |b|^2 - 2 a.b` and `|a|^2 + |b|^2`: no (n, n, d) is made."""
    lengths = ops.sum(ops.square(embeddings), axis=-1)
    scale = lengths[:, None] + lengths[None, :]
    return scale - 2.0 * ops.matmul(embeddings, ops.transpose(embeddings)), scale


def _root(squared: Any, floor: Any) -> Any:
    """The root above a floor, 0 up to it; the inner `where` keeps inf out of the gradient."""
    none = squared <= floor
    safe = ops.where(none, ops.ones_like(squared), squared)
    return ops.where(none, ops.zeros_like(squared), ops.sqrt(safe))


@dataclass(frozen=True)
class Distance:
    """A distance by its name in a configuration."""

    pair: Callable[[Any, Any], Any]
    matrix: Callable[[Any], Any]
    largest: float  # between unit vectors


DISTANCES = {
    "cosine": Distance(cosine_distance, cosine_distance_matrix, 2.0),
    "euclidean": Distance(euclidean_distance, euclidean_distance_matrix, 2.0),
    "squared-euclidean": Distance(
        squared_euclidean_distance, squared_euclidean_distance_matrix, 4.0
    ),
}


def chosen_distance(name: str, margin: float) -> Distance:
    """Look a distance up, and refuse a margin that it cannot hold between unit vectors.

    Raises:
        InvalidInputError: An unknown name, or a margin outside (0, largest distance).
    """
    if name not in DISTANCES:
        raise InvalidInputError(f"unknown distance {name!r}; expected {', '.join(DISTANCES)}")
    distance = DISTANCES[name]
    if not 0.0 < margin < distance.largest:
        raise InvalidInputError(
            f"the margin must lie between 0 and {distance.largest:g}, as the {name} distance of "
            f"unit vectors does, got {margin:g}"
        )
    return distance
