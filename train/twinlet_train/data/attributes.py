"""An attribute of each image from a table, to tell error rates by group."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.labelled import LabelledImages

NAMED = 3  # images that a message names


def read_attributes(
    path: Path, data: LabelledImages, needed: NDArray[np.int64]
) -> NDArray[np.str_]:
    """Read a CSV file of two columns: which image, and its attribute.

    An image is named by its place in the data's folder or archive, with /, or by its number in
    the data, from 0. A first row that begins with "image" is a heading. Images
    that could not be read may be named.

    Args:
        path: UTF-8, commas between, as RFC 4180 has it.
        data: Opened with `places` where it is a folder or an archive.
        needed: Indices of the images whose attribute is wanted.

    Returns:
        The attributes of `needed`, in this order.

    Raises:
        InvalidInputError: The file cannot be read, a row has not two columns or an empty one,
            names no image of the data or one twice, or a needed image is missing.
    """
    numbers = {place: index for index, place in enumerate(data.places)}
    unreadable = {item.path for item in data.unreadable}
    found: dict[int, str] = {}
    for line, (image, attribute) in _rows(path):
        if image in unreadable:
            continue
        index = numbers.get(image, -1) if numbers else _number(image, len(data.labels))
        if index < 0:
            expected = (
                f"a path inside {data.spec}, such as {data.places[0]}"
                if numbers
                else f"an image's number, 0 to {len(data.labels) - 1}"
            )
            raise InvalidInputError(
                f"{path}, line {line}: there is no image {image!r} in {data.spec}; expected "
                f"{expected}"
            )
        if index in found:
            raise InvalidInputError(f"{path}, line {line}: the image {image!r} is there twice")
        found[index] = attribute
    missing = [int(index) for index in needed if int(index) not in found]
    if missing:
        names = [data.places[index] if numbers else str(index) for index in missing[:NAMED]]
        raise InvalidInputError(
            f"{path} has no attribute for {len(missing)} of the {len(needed)} images that are "
            f"measured: {', '.join(names)}{' ...' if len(missing) > NAMED else ''}; add a row for "
            f"each"
        )
    return np.array([found[int(index)] for index in needed], dtype=np.str_)


def _rows(path: Path) -> list[tuple[int, tuple[str, str]]]:
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            for row in reader:
                if not row:
                    continue
                cells = [cell.strip() for cell in row]
                if len(cells) != 2 or not all(cells):
                    raise InvalidInputError(
                        f"{path}, line {reader.line_num}: expected an image and its attribute, "
                        f"two columns with a comma between, got {len(cells)}: {row!r:.80}"
                    )
                rows.append((reader.line_num, (cells[0], cells[1])))
    except OSError as error:
        raise InvalidInputError(
            f"cannot read the attributes {path}: {error.strerror or error}; check the path"
        ) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is not a CSV file in UTF-8: {error}") from error
    if rows and rows[0][1][0].lower() == "image":
        rows = rows[1:]
    if not rows:
        raise InvalidInputError(f"{path} has no rows; expected IMAGE,ATTRIBUTE, one line an image")
    return rows


def _number(text: str, count: int) -> int:
    """The index that a text states, or -1."""
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        return -1
    return int(text) if int(text) < count else -1
