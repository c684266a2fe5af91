"""A template's byte form, little endian, pinned.

`TWTM`, u8 version 1, u8 encoding (0 float32, 1 int8), u8 length of the file name, u8 zero, u32
dimensions, 32 bytes bundle id, the file name in ASCII, the numbers, u32 CRC-32 of everything
before it. Numbers of float32 are the vector as float32; of int8 the scale as float32, then the
numbers as int8.
"""

import struct
import zlib
from typing import NamedTuple

import numpy as np

from twinlet.compact import Numbers, encoding_of
from twinlet.encodings import Encoding, stored_bytes
from twinlet.errors import InvalidInputError

_MAGIC = b"TWTM"
_VERSION = 1
_ENCODINGS = {0: Encoding.FLOAT32, 1: Encoding.INT8}
_CODES = {encoding: code for code, encoding in _ENCODINGS.items()}
_HEADER = struct.Struct("<4sBBBxI32s")
_CRC = struct.Struct("<I")
_SCALE = struct.Struct("<f")
SCALE_BYTES = _SCALE.size
MAX_NAME = 255  # characters of a file name: its length is one byte


class Parts(NamedTuple):
    """What the bytes hold, in the order of the fields of a `Template`; nothing is checked."""

    vector: Numbers
    bundle_id: str
    file: str
    scale: float


def pack(parts: Parts) -> bytes:
    """Turn the parts of a template into bytes; a `Template` has none that do not fit."""
    name = parts.file.encode("ascii")
    header = _HEADER.pack(
        _MAGIC,
        _VERSION,
        _CODES[encoding_of(parts.vector)],
        len(name),
        parts.vector.size,
        bytes.fromhex(parts.bundle_id),
    )
    body = header + name + pack_numbers(parts.vector, parts.scale)
    return body + _CRC.pack(zlib.crc32(body))


def unpack(data: bytes) -> Parts:
    """Read the parts of a template.

    Raises:
        InvalidInputError: The bytes are no template, damaged, of an unknown version or encoding,
            or the file name is not ASCII.
    """
    if len(data) < _HEADER.size + _CRC.size or data[:4] != _MAGIC:
        raise InvalidInputError(
            f"not a stored template: expected it to begin with {_MAGIC!r}, "
            f"got {len(data)} bytes beginning with {data[:4]!r}"
        )
    _, version, code, name_length, size, bundle_id = _HEADER.unpack_from(data)
    if version != _VERSION or code not in _ENCODINGS:
        raise InvalidInputError(
            f"this template has version {version}, encoding {code}; this twinlet reads "
            f"version {_VERSION}, encodings {', '.join(map(str, _ENCODINGS))}; update twinlet or "
            f"make it again"
        )
    encoding = _ENCODINGS[code]
    start = _HEADER.size + name_length
    expected = start + stored_bytes(encoding, size) + _CRC.size
    body, crc = data[: -_CRC.size], data[-_CRC.size :]
    if len(data) != expected or _CRC.unpack(crc)[0] != zlib.crc32(body):
        raise InvalidInputError(
            f"this stored template is damaged: expected {expected} bytes with a matching "
            f"checksum, got {len(data)}; make it again from its image"
        )
    file = _unpack_name(data[_HEADER.size : start])
    vector, scale = _unpack_numbers(encoding, body[start:])
    return Parts(vector, bundle_id.hex(), file, scale)


def _unpack_name(name: bytes) -> str:
    try:
        return name.decode("ascii")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"this stored template does not say which file made it: expected a name in ASCII, "
            f"got {name!r}; make it again from its image"
        ) from error


def pack_numbers(vector: Numbers, scale: float) -> bytes:
    """Turn a template's numbers into bytes; as many as `stored_bytes` says."""
    if vector.dtype == np.int8:
        return _SCALE.pack(scale) + vector.tobytes()
    return vector.astype("<f4").tobytes()


def _unpack_numbers(encoding: Encoding, data: bytes) -> tuple[Numbers, float]:
    if encoding is Encoding.INT8:
        return np.frombuffer(data, dtype=np.int8, offset=SCALE_BYTES), _SCALE.unpack_from(data)[0]
    return np.frombuffer(data, dtype="<f4"), 1.0
