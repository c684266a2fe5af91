"""Images that come as rows of an array, with a label each."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.assemble import LabelledParts, labelled, shown
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import Uniform, Wanted, resized


def from_rows(
    rows: Iterable[NDArray[np.uint8]], labels: NDArray[Any], about: LabelledParts, wanted: Wanted
) -> LabelledImages:
    """Make labelled images of rows (h, w) or (h, w, c), an array or read one by one.

    Args:
        rows: As many as labels.
        labels: Integers or names, (n,).
        about: Where they come from, and their parts.
        wanted: Size, colour and room.

    Raises:
        InvalidInputError: Vectors, as rows one pixel high or wide, are to be resized.
        TwinletError: There is no room for them, neither in memory nor on disk.
    """
    images = Uniform(wanted, about.spec, count=len(labels))
    for place, row in enumerate(shown(rows, len(labels))):
        if wanted.size and 1 in row.shape[:2]:
            raise InvalidInputError(
                f"{about.spec} holds vectors, {row.shape[0]}x{row.shape[1]}, which cannot be "
                f"resized to {wanted.size}x{wanted.size}; leave data.size at 0"
            )
        grey = row.ndim == 3 and row.shape[-1] == 1
        images.put(place, resized(row[..., 0] if grey else row, wanted))
    return labelled(images.finish(), _names(labels), about)


def _names(labels: NDArray[Any]) -> list[str]:
    """Class names that sort as the labels do: 02 before 10."""
    values, places = np.unique(labels, return_inverse=True)
    texts = [str(value) for value in values.tolist()]
    width = 0 if labels.dtype.kind == "U" else max(len(text) for text in texts)
    return [texts[place].zfill(width) for place in places.tolist()]
