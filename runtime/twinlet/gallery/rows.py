"""Templates as rows of a gallery's file: to bytes, and back into arrays to search."""

from pathlib import Path

import numpy as np

from twinlet.compact import Numbers
from twinlet.encodings import Encoding, stored_bytes
from twinlet.errors import GalleryError, InvalidInputError
from twinlet.gallery.identification import Index
from twinlet.template_bytes import SCALE_BYTES, pack_numbers
from twinlet.templates import Template


def to_row(template: Template, encoding: Encoding) -> bytes:
    """Turn a template into the bytes of a row, in the gallery's encoding.

    Raises:
        InvalidInputError: It is an int8 template, and the gallery keeps float32.
    """
    if encoding is Encoding.INT8:
        template = template.to_int8()
    elif template.encoding is not encoding:
        raise InvalidInputError(
            f"this gallery keeps {encoding} templates, got an {template.encoding} one, which "
            f"has less in it; enrol the image, or enrol into a gallery of {template.encoding} "
            f"templates"
        )
    return pack_numbers(template.vector, template.scale)


def to_index(
    rows: list[tuple[str, bytes]], encoding: Encoding, *, dimensions: int, path: Path
) -> Index:
    """Put all rows into arrays.

    Args:
        rows: (id, bytes), grouped by id.
        encoding: Of all of them.
        dimensions: Of a template.
        path: The gallery, to be named in a message.

    Raises:
        GalleryError: A row is not a template of this encoding.
    """
    size = stored_bytes(encoding, dimensions)
    for identity, data in rows:
        if len(data) != size:
            raise GalleryError(
                f"the gallery {path} is damaged: a template of {identity!r} has "
                f"{len(data)} bytes, expected {size}; restore it or enrol again"
            )
    joined = b"".join(data for _, data in rows)
    vectors: Numbers
    if encoding is Encoding.INT8:
        table = np.frombuffer(joined, dtype=np.int8).reshape(len(rows), size)
        vectors = np.ascontiguousarray(table[:, SCALE_BYTES:])  # no similarity needs the scale
    else:
        vectors = np.frombuffer(joined, dtype="<f4").reshape(len(rows), dimensions)
    starts = [row for row in range(len(rows)) if row == 0 or rows[row][0] != rows[row - 1][0]]
    return Index(
        ids=tuple(rows[row][0] for row in starts),
        starts=np.array(starts, dtype=np.intp),
        vectors=vectors,
    )
