"""What no split may have: nothing to compare, an image in two classes, a copy in another part."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    from twinlet_train.data.labelled import LabelledImages


def check_comparable(data: "LabelledImages", part: str, indices: NDArray[np.int64]) -> None:
    """Refuse a part without a mated or without a non-mated comparison, before any training."""
    counts = np.bincount(data.labels[indices], minlength=1)
    if np.count_nonzero(counts) < 2 or counts.max() < 2:
        raise InvalidInputError(
            f"the {part} part has {len(indices)} images of {np.count_nonzero(counts)} classes, at "
            f"most {counts.max()} of one; comparisons need 2 classes and 2 images of one: add "
            f"images" + (" to the data's own test part" if part == "test" and data.has_test else "")
        )


def check_labels(data: "LabelledImages") -> None:
    """Refuse an image that is in two classes: one of its labels is wrong."""
    before, after = _copies(data, np.arange(len(data.labels)))
    differ = np.flatnonzero(data.labels[before] != data.labels[after])
    if not len(differ):
        return
    shown = " and ".join(
        f"image {index} ({data.class_names[data.labels[index]]})"
        for index in (before[differ[0]], after[differ[0]])
    )
    raise InvalidInputError(
        f"{data.spec}: {len(differ)} images are in two classes, pixel for pixel the same, where "
        f"each can be of one: {shown}, counted from 0; remove the wrong one of each"
    )


def check_apart(data: "LabelledImages", parts: Mapping[str, NDArray[np.int64]]) -> None:
    """Refuse copies of one image in two parts: what fits a threshold must not measure it."""
    names = list(parts)
    part = np.full(len(data.labels), -1)
    for number, indices in enumerate(parts.values()):
        part[indices] = number
    before, after = _copies(data, np.flatnonzero(part >= 0))
    copies = np.flatnonzero(part[before] != part[after])
    if not len(copies):
        return
    first, second = int(before[copies[0]]), int(after[copies[0]])
    shown = " and ".join(
        f"image {index} ({data.class_names[data.labels[index]]}, {names[part[index]]} part)"
        for index in (first, second)
    )
    raise InvalidInputError(
        f"{data.spec}: {len(copies)} images are copies, pixel for pixel, of images in another "
        f"part, so what is measured would be known before: {shown}, counted from 0; remove one of "
        f"each"
    )


def _copies(
    data: "LabelledImages", indices: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of the images that are the same, as two arrays; of three, the first two and so on."""
    order = indices[np.argsort(data.originals[indices], kind="stable")]
    before, after = order[:-1], order[1:]
    same = data.originals[before] == data.originals[after]
    return before[same], after[same]
