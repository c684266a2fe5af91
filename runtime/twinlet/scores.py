"""Similarity: the one owner of its scale and orientation.

Inside, scores are cosines in [-1, 1]; outside, angular similarities in [0, 1]. Both rise
with likeness. Nothing else in the project compares a score with a threshold.
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
    """Cosine of unit vectors (..., d), pair by pair; float64 (...), in [-1, 1] but for rounding."""
    a = np.asarray(probes, dtype=np.float64)
    b = np.asarray(templates, dtype=np.float64)
    return np.asarray(np.sum(a * b, axis=-1), dtype=np.float64)


def similarity(probes: ArrayLike, templates: ArrayLike) -> Floats:
    """Angular similarity of vectors, pair by pair.

    Args:
        probes: Unit vectors (..., d).
        templates: Unit vectors (..., d), broadcast against `probes`.

    Returns:
        Float64 (...), in [0, 1].
    """
    return angular(cosine(probes, templates))


def similarity_matrix(probes: ArrayLike, templates: ArrayLike) -> Floats:
    """Angular similarity of every probe with every template.

    Args:
        probes: Unit vectors (n, d).
        templates: Unit vectors (m, d).

    Returns:
        Float64 (n, m), in [0, 1].
    """
    a = np.asarray(probes, dtype=np.float64)
    b = np.asarray(templates, dtype=np.float64)
    return angular(a @ b.T)


def is_match(similarities: ArrayLike, threshold: float) -> NDArray[np.bool_]:
    """Decide: a comparison matches when `similarity >= threshold`."""
    return np.asarray(np.asarray(similarities) >= threshold, dtype=np.bool_)
