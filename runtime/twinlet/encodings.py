"""How a template's numbers are kept, and which encodings meet in a comparison."""

from enum import StrEnum

from twinlet.errors import InvalidInputError


class Encoding(StrEnum):
    """The numbers of a template."""

    FLOAT32 = "float32"  # 4 bytes a dimension, a unit vector
    INT8 = "int8"  # 1 byte a dimension and one scale; see `twinlet.compact`


class Pairing(StrEnum):
    """The encodings of two templates that are compared; each has thresholds of its own."""

    FLOAT32 = "float32"  # both
    CROSS = "float32-int8"  # one of each
    INT8 = "int8"  # both


COMPACT_PAIRINGS = (Pairing.CROSS, Pairing.INT8)  # all in which an int8 template takes part


def pairing(a: Encoding, b: Encoding) -> Pairing:
    """Say what a comparison of two encodings is; their order does not matter."""
    return Pairing.CROSS if a != b else Pairing(a)


def as_encoding(name: str) -> Encoding:
    """Take an encoding by its name.

    Raises:
        InvalidInputError: There is no such encoding.
    """
    try:
        return Encoding(name)
    except ValueError:
        raise InvalidInputError(
            f"templates are kept as {' or '.join(Encoding)}, got {name!r}"
        ) from None


def stored_bytes(encoding: Encoding, dimensions: int) -> int:
    """Count the bytes that a template's numbers take, the scale of int8 ones included."""
    return dimensions + 4 if encoding is Encoding.INT8 else 4 * dimensions
