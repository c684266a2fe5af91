"""A template: one unit vector, and what it may be compared with."""

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.compact import LARGEST, Numbers, encoding_of, quantise
from twinlet.encodings import Encoding
from twinlet.errors import InvalidInputError
from twinlet.template_bytes import MAX_NAME, Parts, pack, unpack

_UNIT_TOLERANCE = 1e-3  # float32 rounding of a unit vector's length is a thousand times less


@dataclass(frozen=True, eq=False)
class Template:
    """An embedding of unit length. Compare only within one bundle and one file.

    Raises:
        InvalidInputError: The numbers are not finite, not one vector or not of unit length;
            int8 numbers do not reach 127; a float32 vector has a scale; the id is no digest;
            the file's name is not ASCII or too long to be stored.
    """

    vector: Numbers  # (d,), read-only: float32 of unit length, or int8 numbers of -127..127
    bundle_id: str  # 64 hex digits
    file: str  # the bundle's file that made it, e.g. "litert-fp32"; at most 255 characters of ASCII
    scale: float = 1.0  # `scale * vector` is the embedding; 1 for float32

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.bundle_id):
            raise InvalidInputError(f"a bundle id is 64 hex digits; got {self.bundle_id!r}")
        _check_file(self.file)
        vector = _copied(self.vector)
        if encoding_of(vector) is Encoding.INT8:
            _check_int8(vector, self.scale)
        elif self.scale != 1.0:
            raise InvalidInputError(f"a float32 template has scale 1; got {self.scale:g}")
        length = float(np.linalg.norm(self.scale * vector.astype(np.float64)))
        if vector.ndim != 1 or not abs(length - 1.0) <= _tolerance(vector, self.scale):
            raise InvalidInputError(
                f"a template is one vector of unit length; "
                f"got shape {vector.shape} of length {length:g}"
            )
        vector.flags.writeable = False
        object.__setattr__(self, "vector", vector)

    @property
    def encoding(self) -> Encoding:
        """How its numbers are kept."""
        return encoding_of(self.vector)

    def to_int8(self) -> "Template":
        """Keep it in a quarter of the bytes; see `twinlet.compact.quantise`.

        Its similarities differ a little and have thresholds of their own, which
        `Verifier.verify` and `Gallery.identify` take. There is no way back.

        Returns:
            The int8 template; itself if it is one already.
        """
        if self.encoding is Encoding.INT8:
            return self
        made = quantise(self.vector[np.newaxis])
        return replace(self, vector=made.numbers[0], scale=float(made.scales[0]))

    def to_bytes(self) -> bytes:
        """Pack for storage; `from_bytes` gives back the same template, bit for bit."""
        return pack(Parts(self.vector, self.bundle_id, self.file, self.scale))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Template":
        """Unpack a stored template; see `twinlet.template_bytes` for the form.

        Raises:
            InvalidInputError: The bytes are no template, damaged, of an unknown version or
                encoding, or hold what no `Template` may.
        """
        return cls(*unpack(data))


def _copied(given: ArrayLike) -> Numbers:
    numbers = np.array(given)
    return numbers if numbers.dtype == np.int8 else numbers.astype(np.float32)


def _tolerance(vector: Numbers, scale: float) -> float:
    """How far the length may be from 1: rounding to int8 moves each number by half a scale."""
    if encoding_of(vector) is Encoding.FLOAT32:
        return _UNIT_TOLERANCE
    return _UNIT_TOLERANCE + 0.5 * scale * float(np.sqrt(vector.size))


def _check_file(name: str) -> None:
    if not isinstance(name, str) or not name.isascii() or len(name) > MAX_NAME:
        raise InvalidInputError(
            f"a template's file is a name of at most {MAX_NAME} ASCII characters, as in "
            f"`Verifier.file`; got {name!r}"
        )


def _check_int8(vector: Numbers, scale: float) -> None:
    largest = int(np.abs(vector.astype(np.int16)).max(initial=0))
    most = (1.0 + _UNIT_TOLERANCE) / LARGEST  # of a unit vector no number is above 1
    if largest != LARGEST or not 0.0 < scale <= most:
        raise InvalidInputError(
            f"an int8 template has a number of -{LARGEST} or {LARGEST}, none beyond, and a scale "
            f"in (0, 1/{LARGEST}]; got {largest} and {scale:g}; make one with `to_int8`"
        )


def normalise(raw: ArrayLike) -> NDArray[np.float32]:
    """Scale embeddings to unit length.

    Args:
        raw: Embeddings (n, d).

    Returns:
        Float32 (n, d), every row of length 1.

    Raises:
        InvalidInputError: A row is all zeros or holds NaN or infinity: it has no direction.
    """
    wide = np.asarray(raw, dtype=np.float64)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0.0)
    if not usable.all():
        row = int(np.flatnonzero(~usable.ravel())[0])
        raise InvalidInputError(
            f"embedding {row} has length {lengths.ravel()[row]:g}, so it has no direction to "
            f"compare; expected finite values that are not all zero; the model is at fault"
        )
    return np.asarray(wide / lengths, dtype=np.float32)
