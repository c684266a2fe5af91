"""The unpacked form of a bundle: the same tree in a folder."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from twinlet.bundle.paths import MIB, check_count, check_path, check_size
from twinlet.errors import BundleError


class FolderTree:
    """An unpacked bundle, opened: its paths are checked, its entries can be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        sizes: dict[str, int] = {}
        for name, size in _walk(path, ""):
            sizes[name] = size
            check_count(len(sizes))
        self.sizes: Mapping[str, int] = sizes

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read an entry piece by piece, no further than the size seen at opening."""
        left = self.sizes[name]
        with (self._path / name).open("rb") as stream:
            while chunk := stream.read(min(left, MIB)):
                left -= len(chunk)
                yield chunk

    def check_form(self) -> None:
        """Nothing to check: a folder holds no bytes but its entries'."""


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as children:
        for child in sorted(children, key=lambda entry: entry.name):
            name = prefix + child.name
            check_path(name)
            status = child.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from _walk(Path(child.path), f"{name}/")
            elif stat.S_ISREG(status.st_mode):
                check_size(name, status.st_size)
                yield name, status.st_size
            else:
                raise BundleError(
                    f"the bundle holds an unsafe path {name!r}: a link or a device, where a "
                    f"regular file is expected; do not use this folder"
                )
