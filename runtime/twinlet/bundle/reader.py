"""Open a bundle: nothing in it is used before all of it has been checked.

Order of the checks, each with its own message: the container and its paths and sizes; the
manifest's JSON, schema version, digest and keys; missing and extra entries; the signature;
every entry's digest; how the parts fit together; the exact form of a container that twinlet
wrote, last, so that whoever changed an entry reads about the entry. The golden self-test needs
an engine and is made by `twinlet.load`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twinlet.bundle.consistency import check_consistency
from twinlet.bundle.encoding import decode
from twinlet.bundle.folder import FolderTree
from twinlet.bundle.golden import Golden
from twinlet.bundle.manifest import (
    MANIFEST_PATH,
    README_PATH,
    SIGNATURE_PATH,
    FileEntry,
    Manifest,
)
from twinlet.bundle.zipped import ZipTree
from twinlet.errors import BundleError, InvalidInputError


class Tree(Protocol):
    """A bundle's container, packed or unpacked."""

    sizes: Mapping[str, int]  # entry -> bytes

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read an entry piece by piece."""

    def check_form(self) -> None:
        """Refuse a container that twinlet wrote and something changed since."""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose container, manifest and digests have been verified."""

    path: Path
    manifest: Manifest
    _tree: Tree

    @classmethod
    def open(cls, path: str | Path) -> "Bundle":
        """Open and verify a bundle, packed or unpacked.

        Raises:
            InvalidInputError: There is nothing at `path`.
            BundleError: The bundle is refused; the message says why.
        """
        where = Path(path)
        try:
            return verified(where)
        except BundleError as error:
            raise BundleError(f"{where}: {error}") from error
        except OSError as error:
            raise BundleError(f"{where}: cannot be read: {error.strerror or error}") from error

    def read(self, name: str) -> bytes:
        """Read an entry; its digest is checked again, so these bytes are the verified ones."""
        known = self.manifest.entries
        if name not in known and name != MANIFEST_PATH:
            raise InvalidInputError(f"{self.path} has no entry {name!r}; it has {', '.join(known)}")
        data = b"".join(self._tree.chunks(name))
        if name == MANIFEST_PATH:
            same = decode(data) == self.manifest
        else:
            same = hashlib.sha256(data).hexdigest() == known[name].sha256
        if not same:
            raise BundleError(f"{self.path}: {name!r} was changed while in use; load it again")
        return data

    def file(self, name: str) -> FileEntry:
        """Look up a model file by its name.

        Raises:
            InvalidInputError: The bundle does not have it.
        """
        if name not in self.manifest.files:
            reason = self.manifest.left_out.get(name)
            why = f" (left out at export: {reason})" if reason else ""
            raise InvalidInputError(
                f"{self.path} has no file {name!r}{why}; it has {', '.join(self.manifest.files)}"
            )
        return self.manifest.files[name]

    def golden(self) -> Golden:
        """Read the golden data."""
        return Golden.from_entries(self.manifest, self.read)

    def readme(self) -> str:
        """Read the model card, Markdown."""
        return self.read(README_PATH).decode("utf-8", errors="replace")

    @property
    def signed(self) -> bool:
        """Whether a signature was there and verified: never in this version."""
        return False


def verified(path: Path) -> Bundle:
    """Open and verify; the messages do not name the bundle yet."""
    if not path.exists():
        raise InvalidInputError(f"there is no bundle at {path}; check the path")
    tree: Tree = FolderTree(path) if path.is_dir() else ZipTree(path)
    if MANIFEST_PATH not in tree.sizes:
        raise BundleError(f"there is no {MANIFEST_PATH} in it, so this is no twinlet bundle")
    manifest = decode(b"".join(tree.chunks(MANIFEST_PATH)))
    _check_names(tree, manifest)
    for name in manifest.entries:
        _check_digest(tree, manifest, name)
    check_consistency(manifest)
    tree.check_form()
    return Bundle(path, manifest, tree)


def _check_names(tree: Tree, manifest: Manifest) -> None:
    present = set(tree.sizes) - {MANIFEST_PATH, SIGNATURE_PATH}
    for name in sorted(set(manifest.entries) - present):
        raise BundleError(f"the entry {name!r} is missing; fetch the bundle again")
    for name in sorted(present - set(manifest.entries)):
        raise BundleError(
            f"there is an extra entry {name!r} that the manifest does not list; remove it or "
            f"fetch the bundle again"
        )
    if SIGNATURE_PATH in tree.sizes:
        raise BundleError(
            f"the bundle has a signature ({SIGNATURE_PATH}), which this version cannot verify "
            f"and will not ignore; update twinlet"
        )


def _check_digest(tree: Tree, manifest: Manifest, name: str) -> None:
    stated = manifest.entries[name]
    digest = hashlib.sha256()
    for chunk in tree.chunks(name):
        digest.update(chunk)
    if tree.sizes[name] != stated.bytes or digest.hexdigest() != stated.sha256:
        raise BundleError(
            f"the entry {name!r} does not have the digest the manifest states: expected "
            f"{stated.bytes} bytes with sha256 {stated.sha256}, got {tree.sizes[name]} bytes with "
            f"{digest.hexdigest()}; fetch the bundle again"
        )
