"""Write and read the packed form of a bundle.

Twinlet writes a ZIP in one form (`twinlet.bundle.framing`), and reads that of any tool, so
long as its entries are stored and its parts agree (`directory`, `places`).
"""

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from twinlet.bundle import framing
from twinlet.bundle.directory import read_directory
from twinlet.bundle.framing import Record, damaged
from twinlet.bundle.paths import MIB
from twinlet.bundle.places import locate
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
    """A packed bundle, opened: headers and directory agree, its entries can be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as stream:
            self._directory = read_directory(stream)
            self._places = locate(stream, self._directory)
        self._records = {
            record.name: record
            for record in self._directory.records
            if not record.name.endswith("/")  # a folder has no bytes
        }
        self.sizes: Mapping[str, int] = {
            record.name: record.size for record in self._records.values()
        }

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read an entry piece by piece."""
        record = self._records[name]
        left, crc = record.size, 0
        with self._path.open("rb") as stream:
            stream.seek(self._places[name])
            while chunk := stream.read(min(left, MIB)):
                left, crc = left - len(chunk), zlib.crc32(chunk, crc)
                yield chunk
        if left or crc != record.crc:
            raise damaged(f"the checksum of {name!r} does not match its bytes")

    def check_form(self) -> None:
        """Refuse a file that twinlet wrote and something changed since.

        Dates, attributes and padding are in no digest, so one changed byte there would pass.
        The local headers tell whose file it is: twinlet's hold an alignment field that other
        tools drop, also those that keep dates and attributes. One sound header is enough to
        hold the whole file to twinlet's form; without any, another tool packed it again.

        Raises:
            BundleError: A header is in twinlet's form and some other byte is not.
        """
        records = self._directory.records
        position = 0
        with self._path.open("rb") as stream:
            own = [_has_own_header(stream, record) for record in records]
            if not any(own):
                return
            for record, sound in zip(records, own, strict=True):
                if not sound or record.start != position:
                    raise _changed(f"the header of {record.name!r}")
                position = record.end
            stream.seek(self._directory.start)
            if stream.read() != framing.ending(records, position):
                raise _changed("its directory")


def _has_own_header(stream: BinaryIO, record: Record) -> bool:
    header = record.header()
    stream.seek(record.start)
    return stream.read(len(header)) == header


def _changed(where: str) -> BundleError:
    return damaged(
        f"{where} is not as twinlet writes it (if another tool changed a part of this file, "
        f"unpack it and use the folder)"
    )
