"""A template: one unit vector, and what it may be compared with.

Byte form, little endian, pinned: `TWTM`, u8 version 1, u8 encoding 0 (float32), u8 length of
the file name, u8 zero, u32 dimensions, 32 bytes bundle id, the file name in ASCII, the vector
as float32, u32 CRC-32 of everything before it.
"""

import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError

_MAGIC = b"TWTM"
_VERSION = 1
_FLOAT32 = 0
_HEADER = struct.Struct("<4sBBBxI32s")
_CRC = struct.Struct("<I")
_UNIT_TOLERANCE = 1e-3  # float32 rounding of a unit vector's length is a thousand times less


@dataclass(frozen=True, eq=False)
class Template:
    """An embedding of unit length. Compare only within one bundle and one file."""

    vector: NDArray[np.float32]  # float32 (d,), unit length, read-only
    bundle_id: str  # 64 hex digits
    file: str  # the bundle's file that made it, e.g. "litert-fp32"

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.bundle_id):
            raise InvalidInputError(f"a bundle id is 64 hex digits; got {self.bundle_id!r}")
        vector = np.array(self.vector, dtype=np.float32)
        length = float(np.linalg.norm(vector.astype(np.float64)))
        if vector.ndim != 1 or not abs(length - 1.0) <= _UNIT_TOLERANCE:
            raise InvalidInputError(
                f"a template is one vector of unit length; "
                f"got shape {vector.shape} of length {length:g}"
            )
        vector.flags.writeable = False
        object.__setattr__(self, "vector", vector)

    def to_bytes(self) -> bytes:
        """Pack for storage; `from_bytes` gives back the same template, bit for bit."""
        name = self.file.encode("ascii")
        header = _HEADER.pack(
            _MAGIC, _VERSION, _FLOAT32, len(name), self.vector.size, bytes.fromhex(self.bundle_id)
        )
        body = header + name + self.vector.astype("<f4").tobytes()
        return body + _CRC.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Template":
        """Unpack a stored template.

        Raises:
            InvalidInputError: The bytes are no template, damaged, or of an unknown version.
        """
        if len(data) < _HEADER.size + _CRC.size or data[:4] != _MAGIC:
            raise InvalidInputError(
                f"not a stored template: expected it to begin with {_MAGIC!r}, "
                f"got {len(data)} bytes beginning with {data[:4]!r}"
            )
        _, version, encoding, name_length, size, bundle_id = _HEADER.unpack_from(data)
        if version != _VERSION or encoding != _FLOAT32:
            raise InvalidInputError(
                f"this template has version {version}, encoding {encoding}; this twinlet reads "
                f"version {_VERSION}, encoding {_FLOAT32}; update twinlet or make it again"
            )
        start = _HEADER.size + name_length
        expected = start + 4 * size + _CRC.size
        body, crc = data[: -_CRC.size], data[-_CRC.size :]
        if len(data) != expected or _CRC.unpack(crc)[0] != zlib.crc32(body):
            raise InvalidInputError(
                f"this stored template is damaged: expected {expected} bytes with a matching "
                f"checksum, got {len(data)}; make it again from its image"
            )
        vector = np.frombuffer(data, dtype="<f4", count=size, offset=start)
        return cls(vector, bundle_id.hex(), data[_HEADER.size : start].decode("ascii"))


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
