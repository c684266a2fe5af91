"""Retrieval: does an image find another of its identity first?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError
from twinlet.metrics.checks import checked_labels, checked_templates
from twinlet.metrics.comparisons import BLOCK_ELEMENTS


def recall_at_k(templates: ArrayLike, labels: ArrayLike, k: int = 1) -> float:
    """Share of images with a mate among their k most similar others (leave one out).

    A tie counts against the image: it hits when fewer than k images of other identities are
    at least as similar as its most similar mate. So an embedding that maps everything to one
    point scores 0, whatever the order of the rows. Images without a mate cannot hit and are
    not counted.

    Args:
        templates: Unit vectors (n, d), finite.
        labels: Identities (n,), integers or strings.
        k: How many neighbours count, at least 1.

    Returns:
        The share in [0, 1].

    Raises:
        InvalidInputError: The shapes do not fit, a vector is not of unit length, k is below 1,
            or no identity has two images.
    """
    return float(np.mean(hits_at_k(templates, labels, k)[1]))


def hits_at_k(
    templates: ArrayLike, labels: ArrayLike, k: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Which images have a mate among their k most similar others.

    Args:
        templates: As `recall_at_k`.
        labels: As `recall_at_k`.
        k: As `recall_at_k`.

    Returns:
        The images that have a mate at all (q,), rising, and whether each hits (q,).

    Raises:
        InvalidInputError: As `recall_at_k`.
    """
    vectors = checked_templates(templates)
    codes = checked_labels(labels, len(vectors))
    if k < 1:
        raise InvalidInputError(f"k must be at least 1, got {k}")
    queries = np.flatnonzero(np.bincount(codes)[codes] > 1)
    if not len(queries):
        raise InvalidInputError(
            "recall needs an identity with at least two images, got none; add images of the "
            "same identities"
        )
    hits = np.empty(len(queries), dtype=np.bool_)
    rows = max(1, BLOCK_ELEMENTS // len(codes))
    for start in range(0, len(queries), rows):
        block = queries[start : start + rows]
        # Cosines rank as their angles do, and the arc cosine is the slow part.
        cosines = vectors[block] @ vectors.T
        mates = codes[block, np.newaxis] == codes
        others = np.where(mates, -np.inf, cosines)
        cosines[np.arange(len(block)), block] = -np.inf  # not its own mate
        best = np.where(mates, cosines, -np.inf).max(axis=1, keepdims=True)
        hits[start : start + rows] = (others >= best).sum(axis=1) < k
    return queries, hits
