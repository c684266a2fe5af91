"""Similarity: the one owner of its scale and orientation.

Inside, scores are cosines in [-1, 1]; outside, angular similarities in [0, 1]. Both rise
with likeness. Nothing else in the project compares a score with a threshold.

Vectors are unit vectors or, of type int8, the numbers of int8 templates (`twinlet.compact`),
whose lengths are divided out: the cosine is `a . b / sqrt(A * B)`, where A is the sum of squares
of int8 numbers and 1 for a unit vector. In float64 the products, sums and squares of int8
numbers are whole and below 2 ** 31, so exact in whatever order they are added.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def angular(cosine: ArrayLike) -> Floats:
    """Turn cosines into angular similarities, `1 - arccos(cosine) / pi`.

    The angle is a metric on the sphere (Cer et al. 2018, arXiv:1803.11175, section 5.1).

    Args:
        cosine: Any shape; values are clipped to [-1, 1], so rounding cannot give NaN.

    Returns:
        Same shape, float64 in [0, 1]: 1 the same direction, 0.5 orthogonal, 0 opposite.

    Example:
        >>> angular([1.0, 0.0, -1.0]).tolist()
        [1.0, 0.5, 0.0]
    """
    clipped = np.clip(np.asarray(cosine, dtype=np.float64), -1.0, 1.0)
    return np.asarray(1.0 - np.arccos(clipped) / np.pi, dtype=np.float64)


def cosine(probes: ArrayLike, templates: ArrayLike) -> Floats:
    """Cosine of unit or int8 vectors (..., d), pair by pair.

    Returns:
        Float64 (...), in [-1, 1] but for rounding.
    """
    a, squares_a = _opened(probes)
    b, squares_b = _opened(templates)
    return np.asarray(np.sum(a * b, axis=-1) / np.sqrt(squares_a * squares_b), dtype=np.float64)


def similarity(probes: ArrayLike, templates: ArrayLike) -> Floats:
    """Angular similarity of vectors, pair by pair.

    Args:
        probes: Unit or int8 vectors (..., d).
        templates: Unit or int8 vectors (..., d), broadcast against `probes`.

    Returns:
        Float64 (...), in [0, 1].
    """
    return angular(cosine(probes, templates))


def similarity_matrix(probes: ArrayLike, templates: ArrayLike) -> Floats:
    """Angular similarity of every probe with every template.

    Args:
        probes: Unit or int8 vectors (n, d).
        templates: Unit or int8 vectors (m, d).

    Returns:
        Float64 (n, m), in [0, 1].
    """
    a, squares_a = _opened(probes)
    b, squares_b = _opened(templates)
    products = a @ b.T
    if squares_a.ndim or squares_b.ndim:  # else both are unit vectors: a pass less over n * m
        products /= np.sqrt(squares_a[..., np.newaxis] * squares_b)
    return angular(products)


def is_match(similarities: ArrayLike, threshold: float) -> NDArray[np.bool_]:
    """Decide: a comparison matches when `similarity >= threshold`."""
    return np.asarray(np.asarray(similarities) >= threshold, dtype=np.bool_)


def _opened(vectors: ArrayLike) -> tuple[Floats, Floats]:
    """Float64 (..., d), and by what its squared length is to be divided: () for unit vectors."""
    given = np.asarray(vectors)
    wide = given.astype(np.float64, copy=False)
    squares = np.sum(wide * wide, axis=-1) if given.dtype == np.int8 else np.ones(())
    return wide, np.asarray(squares, dtype=np.float64)
