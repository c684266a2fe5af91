"""Comparing labelled templates as a device would that keeps some or all of them as int8."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.compact import directions, quantise
from twinlet.encodings import Pairing
from twinlet.metrics.checks import checked_templates
from twinlet.metrics.comparisons import Comparisons, compare_all


def compare_encoded(
    templates: ArrayLike, labels: ArrayLike, pairing: Pairing, *, mates: bool = True
) -> Comparisons:
    """Compare every image with every other once, in the encodings of a pairing.

    Args:
        templates: Unit vectors (n, d), finite; they are rounded to int8 as the pairing says.
        labels: Identities (n,), integers or strings.
        pairing: `CROSS` compares each pair once, one of them, as `compare_all` says, as a
            float32 probe.
        mates: See `compare_all`.

    Returns:
        As many comparisons as `compare_all` gives.

    Raises:
        InvalidInputError: As `compare_all`.
    """
    probes, enrolled = encode(templates, pairing)
    return compare_all(probes, labels, enrolled=enrolled, mates=mates)


def encode(
    templates: ArrayLike, pairing: Pairing
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """What each template is as a probe and when it is enrolled.

    Args:
        templates: Unit vectors (n, d), finite.
        pairing: In which encodings they are compared.

    Returns:
        Unit vectors (n, d) of both; None for the second where it is the first.

    Raises:
        InvalidInputError: The shape does not fit, or a vector is not of unit length.
    """
    vectors = checked_templates(templates)
    if pairing is Pairing.FLOAT32:
        return vectors, None
    enrolled = directions(quantise(vectors).numbers)
    return (vectors, enrolled) if pairing is Pairing.CROSS else (enrolled, None)
