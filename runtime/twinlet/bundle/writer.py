"""Write a bundle: aside, verified, then moved into place, so that none is ever half there."""

import hashlib
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twinlet.bundle.encoding import encode
from twinlet.bundle.golden import Golden
from twinlet.bundle.manifest import (
    MANIFEST_PATH,
    README_PATH,
    Entry,
    FileEntry,
    Manifest,
)
from twinlet.bundle.reader import Bundle, verified
from twinlet.bundle.zipped import write_zip
from twinlet.contract import InputContract
from twinlet.errors import BundleError, InvalidInputError


def now() -> str:
    """The time of day in the manifest's form."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class PackedFile:
    """A model file with its entry; size and digest in the entry are filled in when written."""

    entry: FileEntry
    model: bytes


@dataclass(frozen=True)
class BundleContents:
    """All that goes into a bundle. The same contents give the same bytes."""

    bundle_id: str  # sha256 of the twin
    embedding_size: int
    default_fmr: float  # supported by every file's calibration
    input: InputContract
    files: tuple[PackedFile, ...]  # in order of preference
    golden: Golden
    readme: str  # Markdown
    left_out: Mapping[str, str] = field(default_factory=dict)  # file -> reason
    refused: Mapping[str, str] = field(default_factory=dict)  # target FMR -> reason
    provenance: Mapping[str, Any] = field(default_factory=dict)
    created: str = field(default_factory=now)  # fix it to get the same bytes again


def check_target(path: Path) -> None:
    """Refuse a path no bundle can be written to, before minutes of work are spent.

    Raises:
        InvalidInputError: Its folder is missing or takes no files, it is a folder, or a file that
            is no bundle is there.
    """
    if not path.parent.is_dir():
        raise InvalidInputError(
            f"cannot write {path}: there is no folder {path.parent}; make it first"
        )
    if path.is_dir():
        raise InvalidInputError(
            f"cannot write {path}: it is a folder; name a file, such as {path / 'name.twin'}"
        )
    if path.exists() and not _is_bundle(path):
        raise InvalidInputError(
            f"cannot write {path}: a file that is no bundle is there, and would be lost; choose "
            f"another name, or remove it first"
        )
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass  # only a try
    except OSError as error:
        raise InvalidInputError(
            f"cannot write {path}: {path.parent} takes no new file ({error.strerror or error}); "
            f"choose another folder"
        ) from error


def _is_bundle(path: Path) -> bool:
    """Whether a file has the form of a bundle, whatever its content is worth."""
    try:
        with zipfile.ZipFile(path) as file:
            return MANIFEST_PATH in file.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def write_bundle(contents: BundleContents, path: str | Path) -> Manifest:
    """Write a packed bundle, replacing one that is there only when the new one is verified.

    Args:
        contents: What goes in.
        path: Where to; its folder must exist.

    Returns:
        The manifest, as a reader gets it.

    Raises:
        InvalidInputError: The folder is missing, or a folder is in the way.
        BundleError: The contents contradict themselves, or the disk does not take them.
    """
    target = Path(path)
    entries = _entries(contents)
    manifest = _manifest(contents, entries)
    with _aside(target) as part:
        with part.open("xb") as stream:
            write_zip(stream, {MANIFEST_PATH: encode(manifest), **entries})
            stream.flush()
            os.fsync(stream.fileno())
        try:
            written = verified(part).manifest
        except BundleError as error:
            raise BundleError(f"cannot write {target}, no reader would take it: {error}") from error
        os.replace(part, target)
    return written


def unpack(path: str | Path, folder: str | Path) -> None:
    """Write a bundle's tree into a new folder, from which it can be opened as well.

    Raises:
        InvalidInputError: There is something at `folder`, or its parent is missing.
        BundleError: The bundle is refused, or the disk does not take it.
    """
    bundle, target = Bundle.open(path), Path(folder)
    if target.exists():
        raise InvalidInputError(f"cannot unpack into {target}: it exists; name a new folder")
    with _aside(target) as part:
        for name in (MANIFEST_PATH, *bundle.manifest.entries):
            place = part / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(bundle.read(name))
        os.replace(part, target)


def _entries(contents: BundleContents) -> dict[str, bytes]:
    models = {file.entry.path: file.model for file in contents.files}
    entries = {README_PATH: contents.readme.encode(), **contents.golden.to_entries(), **models}
    return {name: entries[name] for name in sorted(entries)}


def _manifest(contents: BundleContents, entries: Mapping[str, bytes]) -> Manifest:
    listed = {name: _entry(data) for name, data in entries.items()}
    return Manifest(
        bundle_id=contents.bundle_id,
        created=contents.created,
        embedding_size=contents.embedding_size,
        default_fmr=contents.default_fmr,
        input=contents.input,
        files={
            file.entry.name: replace(
                file.entry,
                bytes=listed[file.entry.path].bytes,
                sha256=listed[file.entry.path].sha256,
            )
            for file in contents.files
        },
        left_out=contents.left_out,
        refused=contents.refused,
        golden=contents.golden.index(),
        entries=listed,
        provenance=contents.provenance,
    )


def _entry(data: bytes) -> Entry:
    return Entry(len(data), hashlib.sha256(data).hexdigest())


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Give a path beside the target; whatever is left there at the end is removed."""
    check_target(target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield part
    except OSError as error:
        raise BundleError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
