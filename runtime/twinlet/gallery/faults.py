"""What SQLite's error codes mean for a gallery, and what to do about each."""

import sqlite3
from pathlib import Path

_MEANING = {
    sqlite3.SQLITE_BUSY: "is locked: another process is writing to it; try again when it is done",
    sqlite3.SQLITE_LOCKED: "is locked: another connection is using it; try again when it is done",
    sqlite3.SQLITE_READONLY: "is read-only: it can be searched, not changed; check its permissions",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup or enrol again",
    sqlite3.SQLITE_NOTADB: "is no gallery: the file is not a database; name another file",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder is there and can be written",
    sqlite3.SQLITE_FULL: "cannot be changed: the disk is full; nothing of this change was kept",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
}


def explain(path: Path, error: sqlite3.Error) -> str:
    """Word a database error for somebody who has never heard of SQLite."""
    if path.is_dir():
        return f"the gallery {path} is a folder, where a file is expected; name another file"
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if code is not None else None  # the rest is detail
    meaning = _MEANING.get(primary) if primary is not None else None
    return f"the gallery {path} {meaning or 'cannot be used'} ({error})"
