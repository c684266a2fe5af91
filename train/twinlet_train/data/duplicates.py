"""The same image twice, found by the digest of its pixels."""

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.labelled import LabelledImages

Indices = NDArray[np.int64]

NAMED = 3  # places of duplicates that a message names


def refuse_shared(data: LabelledImages, chosen: Indices, others: Indices) -> int:
    """Refuse data in which an image has two identities, or is on both sides of a split.

    The first is an error in the labels that counts as a false match at every threshold. The
    second makes what is measured on one side no test of what was made on the other.

    Args:
        data: Labelled images.
        chosen: Indices of those that will be measured.
        others: Indices of those on the other side of the split; none where there is no split.

    Returns:
        How many of the chosen images repeat another chosen one of their own identity.

    Raises:
        InvalidInputError: There are such images; the message counts them and names some.
    """
    original = data.originals
    distinct, leading, group = np.unique(original[chosen], return_index=True, return_inverse=True)
    first = chosen[leading][group.reshape(-1)]
    twice = np.flatnonzero(data.labels[chosen] != data.labels[first])
    if len(twice):
        pairs = [
            f"{_labelled(data, int(first[i]))} and {_labelled(data, int(chosen[i]))}"
            for i in twice[:NAMED]
        ]
        raise InvalidInputError(
            f"{data.spec}: {len(twice)} images are there under two identities, by the digest of "
            f"their pixels: {'; '.join(pairs)}; expected an image under one: mend the labels"
        )
    both = chosen[np.isin(original[chosen], original[others])]
    if len(both):
        raise InvalidInputError(
            f"{data.spec}: {len(both)} images of the test part are in the rest of the data too, by "
            f"the digest of their pixels: "
            f"{', '.join(name_of(data, int(i)) for i in both[:NAMED])}; "
            f"expected the two sides of a split to share none: take them out of one"
        )
    return len(chosen) - len(distinct)


def _labelled(data: LabelledImages, index: int) -> str:
    return f"{name_of(data, index)} as {data.class_names[data.labels[index]]!r}"


def name_of(data: LabelledImages, index: int) -> str:
    """Where an image lies in its data, or its number."""
    return data.places[index] if data.places else f"image {index}"
