"""The framing twinlet writes: a ZIP whose every byte follows from its entries.

Entries are stored uncompressed and begin at multiples of 64 bytes, so that a model can be
mapped into memory. Dates, attributes and padding are fixed, so a reader can rebuild all
framing from names, sizes and checksums and compare: no byte of the file goes unchecked.
Layout: APPNOTE.TXT 6.3, sections 4.3 and 4.5.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from twinlet.errors import BundleError

ALIGNMENT = 64  # bytes; at least what TFLite and ONNX ask of a buffer
MAX_BYTES = 2**32 - 2**20  # offsets are 32 bits; the rest is room for the directory

LOCAL_MAGIC = b"PK\x03\x04"
CENTRAL_MAGIC = b"PK\x01\x02"
END_MAGIC = b"PK\x05\x06"
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
ENCRYPTED = 0x0001  # of an entry's flags

_EXTRA = struct.Struct("<HHH")  # Android's alignment field: id, size, alignment; then zeros
_EXTRA_ID = 0xD935
_NEEDED = 10  # ZIP 1.0 suffices
_MADE_BY = 3 << 8 | _NEEDED  # the attributes below are Unix'
_DATE = 1 << 5 | 1  # 1980-01-01, the earliest there is
_MODE = 0o100644 << 16  # a regular file


@dataclass(frozen=True)
class Record:
    """One entry, as the ZIP's headers describe it."""

    name: str  # ASCII
    crc: int  # CRC-32 of the data
    size: int  # bytes of data
    start: int  # offset of the local header

    @property
    def data(self) -> int:
        """Offset of the data as twinlet writes them, a multiple of `ALIGNMENT`."""
        return self.start + len(self.header())

    @property
    def end(self) -> int:
        """Offset behind these data, where the next header begins."""
        return self.data + self.size

    def header(self) -> bytes:
        """Build the local header, padded so that the data behind it is aligned."""
        name = self.name.encode("ascii")
        padding = -(self.start + LOCAL.size + len(name) + _EXTRA.size) % ALIGNMENT
        extra = _EXTRA.pack(_EXTRA_ID, 2 + padding, ALIGNMENT) + bytes(padding)
        sizes = (self.crc, self.size, self.size, len(name), len(extra))
        return LOCAL.pack(LOCAL_MAGIC, _NEEDED, 0, 0, 0, _DATE, *sizes) + name + extra

    def directory(self) -> bytes:
        """Build the entry of the central directory."""
        name = self.name.encode("ascii")
        rest = (self.crc, self.size, self.size, len(name), 0, 0, 0, 0, _MODE, self.start)
        return CENTRAL.pack(CENTRAL_MAGIC, _MADE_BY, _NEEDED, 0, 0, 0, _DATE, *rest) + name


def ending(records: Iterable[Record], start: int) -> bytes:
    """Build the central directory, which begins at `start`, and the end record."""
    parts = [record.directory() for record in records]
    directory = b"".join(parts)
    count = len(parts)
    return directory + END.pack(END_MAGIC, 0, 0, count, count, len(directory), start, 0)


def damaged(what: str) -> BundleError:
    """Say what is wrong with the framing of a bundle."""
    return BundleError(f"the bundle is damaged: {what}; fetch it again")
