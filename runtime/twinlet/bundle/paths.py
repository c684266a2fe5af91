"""Which entry paths are safe, and how large an entry may be."""

import re

from twinlet.bundle.manifest import MANIFEST_PATH
from twinlet.errors import BundleError

MIB = 2**20
MAX_ENTRIES = 1000
MAX_ENTRY_BYTES = 512 * MIB
MAX_MANIFEST_BYTES = 16 * MIB

# Relative, forward slashes, ASCII; a part does not begin with a dot, so there is no "..".
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_MAX_PATH = 200  # characters


def check_path(path: str) -> None:
    """Refuse a path that could leave the bundle's folder or read differently elsewhere."""
    if len(path) > _MAX_PATH or not _SAFE.fullmatch(path):
        raise BundleError(
            f"the bundle holds an unsafe path {path!r}; expected letters, digits, '_', '-', '.' "
            f"and '/', relative and without '..'; do not unpack this file"
        )


def check_size(path: str, size: int) -> None:
    """Refuse an entry larger than this reader will ever load."""
    limit = MAX_MANIFEST_BYTES if path == MANIFEST_PATH else MAX_ENTRY_BYTES
    if size > limit:
        raise BundleError(
            f"the bundle's entry {path!r} is too large: {size} bytes, at most {limit} are allowed"
        )


def check_count(count: int) -> None:
    """Refuse a bundle with an unreasonable number of entries."""
    if count > MAX_ENTRIES:
        raise BundleError(f"the bundle has {count} entries, at most {MAX_ENTRIES} are allowed")
