"""Comparing labelled templates as a device would that keeps some or all of them as int8."""

from numpy.typing import ArrayLike

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
    if pairing is Pairing.FLOAT32:
        return compare_all(templates, labels, mates=mates)
    vectors = checked_templates(templates)
    enrolled = directions(quantise(vectors).numbers)
    probes = vectors if pairing is Pairing.CROSS else enrolled
    return compare_all(probes, labels, enrolled=enrolled, mates=mates)
