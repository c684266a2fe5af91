"""Read the directory at a ZIP's end, as twinlet or any other tool writes it.

Python's own `zipfile` is not used to read: it takes headers that contradict the directory,
bytes that belong to no entry and any number of entries, each a way to show two readers two
bundles. Layout: APPNOTE.TXT 6.3, sections 4.3.12 to 4.3.16.
"""

import os
import stat
from dataclasses import dataclass
from typing import BinaryIO

from twinlet.bundle import framing
from twinlet.bundle.framing import Record, damaged
from twinlet.bundle.paths import check_count, check_path, check_size
from twinlet.errors import BundleError

_MAX_COMMENT = 0xFFFF  # bytes of text that may stand behind the end record
_ZIP64_MAGIC = b"PK\x06\x07"
_ZIP64_LOCATOR = 20  # bytes, before the end record
_DOS_FOLDER = 0x10


@dataclass(frozen=True)
class Directory:
    """What a ZIP says it holds; where the data lie is not checked yet."""

    records: tuple[Record, ...]  # in the directory's order; a folder's name ends with "/"
    start: int  # offset of the directory, behind the last entry


def read_directory(stream: BinaryIO) -> Directory:
    """Read the directory, and check each entry's path, kind, storage and size.

    Raises:
        BundleError: It is no ZIP, or it holds an entry that no bundle may hold.
    """
    length = stream.seek(0, os.SEEK_END)
    end, fields = _find_end(stream, length)
    _, disk, first_disk, here, count, size, start, _ = fields
    stream.seek(max(0, end - _ZIP64_LOCATOR))
    if stream.read(len(_ZIP64_MAGIC)) == _ZIP64_MAGIC:
        raise BundleError("the bundle is a ZIP64, for files above 4 GiB; pack it without ZIP64")
    if disk or first_disk or here != count:
        raise damaged("its last bytes say that it goes on in another file")
    check_count(count)
    if start + size != end:
        raise damaged("its directory is not where its last bytes say")
    stream.seek(start)
    return Directory(_parse(stream.read(size), count), start)


def _find_end(stream: BinaryIO, length: int) -> tuple[int, tuple[int, ...]]:
    base = max(0, length - framing.END.size - _MAX_COMMENT)
    stream.seek(base)
    tail = stream.read()
    at = len(tail)
    while (at := tail.rfind(framing.END_MAGIC, 0, at)) >= 0:
        if at + framing.END.size <= len(tail):
            fields = framing.END.unpack_from(tail, at)
            if at + framing.END.size + fields[-1] == len(tail):  # its comment ends the file
                return base + at, fields
    stream.seek(0)
    if stream.read(4) == framing.LOCAL_MAGIC:
        raise damaged("it is cut short, there is no ZIP directory at its end")
    raise BundleError(
        "this is no bundle; expected a ZIP or a folder written by twinlet export, got a file "
        f"of {length} bytes that is neither"
    )


def _parse(directory: bytes, count: int) -> tuple[Record, ...]:
    records: dict[str, Record] = {}
    offset = 0
    for _ in range(count):
        if offset + framing.CENTRAL.size > len(directory):
            raise damaged("its directory ends too early")
        fields = framing.CENTRAL.unpack_from(directory, offset)
        offset += framing.CENTRAL.size + fields[10] + fields[11] + fields[12]
        if fields[0] != framing.CENTRAL_MAGIC or offset > len(directory):
            raise damaged("its directory ends too early")
        name = directory[offset - sum(fields[10:13]) :][: fields[10]].decode("utf-8", "replace")
        _check_entry(name, fields)
        if name in records:
            raise BundleError(f"the bundle holds {name!r} twice; do not trust this file")
        records[name] = Record(name, crc=fields[7], size=fields[9], start=fields[16])
    if offset != len(directory):
        raise damaged("its directory is longer than the entries it counts")
    return tuple(records.values())


def _check_entry(name: str, fields: tuple[int, ...]) -> None:
    flags, method, packed, size, mode = fields[3], fields[4], fields[8], fields[9], fields[15] >> 16
    folder = name.endswith("/") and size == 0  # some tools list the folders too
    check_path(name.removesuffix("/") if folder else name)
    if flags & framing.ENCRYPTED:
        raise encrypted(name)
    if method != 0:
        raise BundleError(
            f"the bundle's entry {name!r} is compressed; entries must be stored as they are, "
            f"so that models can be mapped into memory; use the file twinlet export wrote, or "
            f"pack it without compression (zip -0)"
        )
    check_size(name, size)
    if packed != size:
        raise damaged(f"its directory states two sizes of {name!r}, {packed} and {size} bytes")
    kind = stat.S_IFDIR if folder else stat.S_IFREG
    if stat.S_IFMT(mode) not in (0, kind) or (fields[15] & _DOS_FOLDER and not folder):
        raise BundleError(
            f"the bundle's entry {name!r} is a link, a device or a folder, where a regular file "
            f"is expected; do not unpack this file"
        )


def encrypted(name: str) -> BundleError:
    """Say that an entry is encrypted."""
    return BundleError(
        f"the bundle's entry {name!r} is encrypted; entries must be stored as they are; pack it "
        f"without a password"
    )
