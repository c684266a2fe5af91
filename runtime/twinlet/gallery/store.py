"""The gallery's file: SQLite, so that an enrolment once acknowledged survives a kill.

Every change is one transaction with `synchronous=EXTRA`, the strictest there is. Each row
carries a CRC-32, because SQLite itself would not notice a changed byte in a template.

Templates are personal data. The bytes of a removed one are overwritten with zeros in the gallery's
file (`secure_delete=ON`). That is all that holds. During every change SQLite keeps the pages as
they were in a journal beside the file, which is deleted afterwards, not overwritten: until the
file system uses their blocks again, they can be recovered from the disk, and so can what an SSD,
a snapshot or a backup keeps. Where that matters, encrypt the disk.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from twinlet.encodings import Encoding
from twinlet.errors import GalleryError
from twinlet.gallery.faults import explain

APPLICATION_ID = 0x54574754  # "TWGT"; tells a gallery from any other SQLite file

# The database's user_version says how its templates are kept; all else is the same. A twinlet of
# before int8 templates refuses format 2 by its number.
FORMATS = {1: Encoding.FLOAT32, 2: Encoding.INT8}

_PRAGMAS = ("synchronous=EXTRA", "secure_delete=ON", "trusted_schema=OFF", "cell_size_check=ON")
_TABLES = (
    "CREATE TABLE binding (bundle_id TEXT NOT NULL, file TEXT NOT NULL)",
    "CREATE TABLE templates (number INTEGER PRIMARY KEY, id TEXT NOT NULL, "
    "vector BLOB NOT NULL, checksum INTEGER NOT NULL)",
)


@dataclass(frozen=True)
class Binding:
    """What a gallery's templates were made with."""

    bundle_id: str
    file: str
    encoding: Encoding = Encoding.FLOAT32


class Version(NamedTuple):
    """What differs when the gallery has changed; neither number alone notices every change."""

    others: int  # SQLite's data_version: it leaves out the changes of this connection
    own: int  # transactions begun here


class Store:
    """An opened gallery file; safe to use from several threads, one at a time."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._lock = RLock()
        self._changes = 0
        with self._explained():
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rw' if path.exists() else 'rwc'}",
                uri=True,
                timeout=timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                for pragma in _PRAGMAS:
                    self._connection.execute(f"PRAGMA {pragma}")
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file; every acknowledged change is in it already."""
        with self._lock:
            self._connection.close()

    def create(self, binding: Binding) -> None:
        """Turn an empty file into a gallery; one that is there already is left as it is."""
        with self._transaction():
            if not self._is_empty():
                return
            for table in _TABLES:
                self._connection.execute(table)
            self._connection.execute(
                "INSERT INTO binding VALUES (?, ?)", (binding.bundle_id, binding.file)
            )
            self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            number = next(n for n, kept in FORMATS.items() if kept is binding.encoding)
            self._connection.execute(f"PRAGMA user_version={number}")

    def binding(self) -> Binding | None:
        """Check that the file is a sound gallery and read what it is bound to.

        Returns:
            The binding, or None for an empty file, which is no gallery yet.
        """
        with self._explained():
            if self._is_empty():
                return None
            if self._pragma("application_id") != APPLICATION_ID:
                raise GalleryError(
                    f"{self.path} is a database, but no twinlet gallery; name another file"
                )
            version = int(str(self._pragma("user_version")))
            if version not in FORMATS:
                raise GalleryError(
                    f"the gallery {self.path} has format {version}, this twinlet reads formats "
                    f"{', '.join(map(str, FORMATS))}; update twinlet or enrol into a new gallery"
                )
            verdict = self._pragma("quick_check(1)")
            rows = self._connection.execute("SELECT bundle_id, file FROM binding").fetchall()
            if verdict != "ok" or len(rows) != 1:
                raise GalleryError(
                    f"the gallery {self.path} is damaged ({verdict}, {len(rows)} bindings); "
                    f"restore it from a backup or enrol again"
                )
            bundle_id, file = rows[0]
            return Binding(bundle_id, file, FORMATS[version])

    def version(self) -> Version:
        """Tell the state of the gallery from every earlier one, whoever changed it."""
        with self._explained():
            return Version(int(str(self._pragma("data_version"))), self._changes)

    def add(self, identity: str, vectors: Sequence[bytes]) -> None:
        """Add templates, all or none; they are on the disk when this returns."""
        rows = [(identity, vector, _checksum(identity, vector)) for vector in vectors]
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO templates (id, vector, checksum) VALUES (?, ?, ?)", rows
            )

    def remove(self, identity: str) -> int:
        """Erase an identity's templates; says how many there were, 0 for what is no id."""
        if not _storable(identity):
            return 0
        with self._transaction():
            return self._connection.execute(
                "DELETE FROM templates WHERE id = ?", (identity,)
            ).rowcount

    def rows(self) -> list[tuple[str, bytes]]:
        """Read all templates as (id, vector), ascending by id, then by time."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT id, vector, checksum FROM templates ORDER BY id, number"
            ).fetchall()
        for identity, vector, checksum in rows:
            if not _sound(identity, vector, checksum):
                raise GalleryError(
                    f"the gallery {self.path} is damaged: a template of {identity!r} does not have "
                    f"its checksum; restore it from a backup or enrol again"
                )
        return [(identity, vector) for identity, vector, _ in rows]

    def _is_empty(self) -> bool:
        objects = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return objects == (0,) and self._pragma("application_id") == 0

    def _pragma(self, name: str) -> object:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            self._changes += 1  # the lock is held until the change is made: nobody sees only one
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise GalleryError(explain(self.path, error)) from error


def _storable(identity: object) -> bool:
    """Whether a gallery could hold it: SQLite keeps text as UTF-8, which has no lone surrogates."""
    if not isinstance(identity, str):
        return False
    try:
        identity.encode()
    except UnicodeEncodeError:
        return False
    return True


def _checksum(identity: str, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(identity.encode()))


def _sound(identity: object, vector: object, checksum: object) -> bool:
    if not isinstance(identity, str) or not isinstance(vector, bytes):
        return False
    return checksum == _checksum(identity, vector)
