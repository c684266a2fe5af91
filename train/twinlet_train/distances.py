"""Distances between embeddings, in `keras.ops`, with finite gradients everywhere."""

from typing import Any

from keras import ops

# Added under the root of a squared norm: an all-zero embedding then has a zero gradient
# instead of NaN, and a trained embedding (norm well above 1e-3) is not moved.
EPSILON = 1e-12


def unit(vectors: Any) -> Any:
    """Scale vectors (..., d) to length 1 along the last axis; zero stays zero."""
    squared = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return vectors * ops.rsqrt(squared + EPSILON)


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
