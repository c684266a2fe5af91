"""Find the data of a ZIP's entries, and see that headers and directory tell the same story.

A reader that goes by the headers, from the start of the file, and one that goes by the
directory must see the same bundle: so the entries follow each other without overlap and with
nothing between them. Layout: APPNOTE.TXT 6.3, sections 4.3.7 to 4.3.9.
"""

import struct
from collections.abc import Mapping
from typing import BinaryIO

from twinlet.bundle import framing
from twinlet.bundle.directory import Directory, encrypted
from twinlet.bundle.framing import Record, damaged
from twinlet.errors import BundleError

_DESCRIBED = 0x0008  # size and checksum stand behind the data: written as a stream
_IN_EXTRA = 0xFFFFFFFF  # the size stands in a ZIP64 field instead
_DESCRIPTORS = (struct.Struct("<3L"), struct.Struct("<L2Q"))
_DESCRIPTOR_MAGIC = b"PK\x07\x08"  # most tools write it, none has to


def locate(stream: BinaryIO, directory: Directory) -> Mapping[str, int]:
    """Find the offset of every entry's data.

    Raises:
        BundleError: A header contradicts the directory, entries overlap, or there are bytes
            that belong to no entry.
    """
    ordered = sorted(directory.records, key=lambda record: record.start)
    starts = [record.start for record in ordered] + [directory.start]
    if starts[0] != 0:
        raise damaged("there are bytes before its first entry")
    places: dict[str, int] = {}
    for record, following in zip(ordered, starts[1:], strict=True):
        flags, data = _read_header(stream, record)
        places[record.name] = data
        _check_gap(stream, record, data=data, following=following, described=flags & _DESCRIBED)
    return places


def _read_header(stream: BinaryIO, record: Record) -> tuple[int, int]:
    """Read an entry's flags and the offset of its data."""
    stream.seek(record.start)
    head = stream.read(framing.LOCAL.size)
    if len(head) < framing.LOCAL.size or not head.startswith(framing.LOCAL_MAGIC):
        raise damaged(f"there is no header of {record.name!r} where its directory says")
    _, _, flags, method, _, _, crc, packed, size, name_length, extra = framing.LOCAL.unpack(head)
    name = stream.read(name_length)
    if name != record.name.encode("ascii"):
        raise damaged(
            f"its directory names an entry {record.name!r}, the entry's header says "
            f"{name.decode('utf-8', 'replace')!r}"
        )
    if flags & framing.ENCRYPTED:
        raise encrypted(record.name)
    unknown = {0} if flags & _DESCRIBED else set()
    sizes = {record.size, _IN_EXTRA} | unknown
    if method != 0 or crc not in {record.crc} | unknown or not {packed, size} <= sizes:
        raise damaged(f"the header of {record.name!r} contradicts the directory")
    return flags, record.start + framing.LOCAL.size + name_length + extra


def _check_gap(
    stream: BinaryIO, record: Record, *, data: int, following: int, described: int
) -> None:
    """Refuse bytes between an entry and what follows, but for a descriptor of it."""
    end = data + record.size
    if following < end:
        raise BundleError(
            f"the bundle's entry {record.name!r} overlaps what follows it; do not trust this file"
        )
    plain = [form.pack(record.crc, record.size, record.size) for form in _DESCRIPTORS]
    known = {b"", *plain, *(_DESCRIPTOR_MAGIC + bytes_ for bytes_ in plain)}
    stream.seek(end)
    between = stream.read(min(following - end, max(map(len, known)) + 1))
    if between not in (known if described else {b""}):
        raise damaged(f"the bytes behind {record.name!r} belong to no entry")
