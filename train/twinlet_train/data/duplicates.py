"""The same image twice, found by the digest of its pixels."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.store import ImageStore, blocks

Indices = NDArray[np.int64]

NAMED = 3  # places of duplicates that a message names


def alike(images: ImageStore) -> Indices:
    """Number images so that those with the same pixels have one number.

    Args:
        images: Uint8 (n, h, w, c), of one size: a copy in another file format counts as the same.

    Returns:
        (n,): for each image the index of the first with its pixels, by SHA-256.
    """
    first: dict[bytes, int] = {}
    found: list[int] = []
    for block in blocks(images):
        for image in block:
            digest = hashlib.sha256(np.ascontiguousarray(image).data).digest()
            found.append(first.setdefault(digest, len(found)))
    return np.array(found, dtype=np.int64)


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
    first = alike(data.images)
    repeats = np.flatnonzero(first != np.arange(len(first)))
    twice = repeats[data.labels[repeats] != data.labels[first[repeats]]]
    if len(twice):
        pairs = [
            f"{_name(data, int(first[i]))} as {data.class_names[data.labels[first[i]]]!r} and "
            f"{_name(data, int(i))} as {data.class_names[data.labels[i]]!r}"
            for i in twice[:NAMED]
        ]
        raise InvalidInputError(
            f"{data.spec}: {len(twice)} images are there under two identities, by the digest of "
            f"their pixels: {'; '.join(pairs)}; expected an image under one: mend the labels"
        )
    both = chosen[np.isin(first[chosen], first[others])]
    if len(both):
        raise InvalidInputError(
            f"{data.spec}: {len(both)} images of the test part are in the rest of the data too, by "
            f"the digest of their pixels: {', '.join(_name(data, int(i)) for i in both[:NAMED])}; "
            f"expected the two sides of a split to share none: take them out of one"
        )
    return len(chosen) - len(np.unique(first[chosen]))


def _name(data: LabelledImages, index: int) -> str:
    return data.places[index] if data.places else f"image {index}"
