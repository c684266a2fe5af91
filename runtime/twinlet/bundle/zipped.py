"""Write and read the packed form of a bundle; `twinlet.bundle.framing` says how it is laid out.

Python's own `zipfile` is not used to read: it accepts data between entries, headers that
contradict the directory and unchecked bytes, each a way to show two readers two bundles.
"""

import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from twinlet.bundle import framing
from twinlet.bundle.framing import Record
from twinlet.bundle.paths import MIB, check_count, check_path, check_size
from twinlet.errors import BundleError


def write_zip(stream: BinaryIO, entries: Mapping[str, bytes]) -> None:
    """Write entries in the given order.

    Raises:
        BundleError: The bundle would pass the 4 GiB that the format can address.
    """
    records: list[Record] = []
    position = 0
    for name, data in entries.items():
        record = Record(name, zlib.crc32(data), len(data), position)
        if record.end > framing.MAX_BYTES:
            raise BundleError("the bundle would exceed 4 GiB; leave some files out")
        stream.write(record.header())
        stream.write(data)
        records.append(record)
        position = record.end
    stream.write(framing.ending(records, position))


class ZipTree:
    """A packed bundle, opened: all its framing is checked, its entries can be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as stream:
            records = _read_directory(stream)
        self._records = {record.name: record for record in records}
        self.sizes: Mapping[str, int] = {record.name: record.size for record in records}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read an entry piece by piece."""
        record = self._records[name]
        left, crc = record.size, 0
        with self._path.open("rb") as stream:
            stream.seek(record.data)
            while chunk := stream.read(min(left, MIB)):
                left, crc = left - len(chunk), zlib.crc32(chunk, crc)
                yield chunk
        if left or crc != record.crc:
            raise _damaged(f"the checksum of {name!r} does not match its bytes")


def _read_directory(stream: BinaryIO) -> list[Record]:
    length = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, length - framing.END.size))
    tail = stream.read()
    if len(tail) < framing.END.size or not tail.startswith(framing.END_MAGIC):
        stream.seek(0)
        if stream.read(4) == framing.LOCAL_MAGIC:
            raise _damaged("it is cut short, there is no ZIP directory at its end")
        raise BundleError(
            "this is no bundle; expected a ZIP or a folder written by twinlet export, got a file "
            f"of {length} bytes that is neither"
        )
    *_, count, size, start, _ = framing.END.unpack(tail)
    check_count(count)
    if start + size + framing.END.size != length:
        raise _damaged("its directory is not where its last bytes say")
    stream.seek(start)
    records = _parse_directory(stream.read(size), count)
    _check_framing(stream, records, start)
    return records


def _parse_directory(directory: bytes, count: int) -> list[Record]:
    records: dict[str, Record] = {}
    offset = 0
    for _ in range(count):
        if offset + framing.CENTRAL.size > len(directory):
            raise _damaged("its directory ends too early")
        fields = framing.CENTRAL.unpack_from(directory, offset)
        offset += framing.CENTRAL.size + fields[10] + fields[11] + fields[12]
        name = directory[offset - sum(fields[10:13]) :][: fields[10]].decode("latin-1")
        check_path(name)
        if name in records:
            raise BundleError(f"the bundle holds {name!r} twice; do not trust this file")
        if fields[4] != 0:
            raise BundleError(
                f"the bundle's entry {name!r} is compressed; entries must be stored as they are, "
                f"so that models can be mapped into memory; use the file twinlet export wrote"
            )
        check_size(name, fields[9])
        records[name] = Record(name, crc=fields[7], size=fields[9], start=fields[16])
    return list(records.values())


def _check_framing(stream: BinaryIO, records: list[Record], start: int) -> None:
    position = 0
    for record in records:
        header = record.header()
        stream.seek(position)
        if record.start != position or stream.read(len(header)) != header:
            raise _framing(f"the header of {record.name!r}")
        position = record.end
    stream.seek(start)
    if position != start or stream.read() != framing.ending(records, position):
        raise _framing("its directory")


def _framing(where: str) -> BundleError:
    return _damaged(
        f"{where} is not as twinlet writes it (if another tool packed this file again, "
        f"unpack it and use the folder)"
    )


def _damaged(what: str) -> BundleError:
    return BundleError(f"the bundle is damaged: {what}; fetch it again")
