"""A folder of class folders packed as a tar or zip file, read without unpacking it to disk."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.images.reading import MAX_FILE_BYTES
from twinlet_train.data.assemble import PARTS, Found, assemble, is_hidden, place_of
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import Wanted

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".zip")
# RuntimeError: zipfile's for a member that is encrypted, or compressed in a way it does not know.
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
)


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive this module reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_archive(path: Path, wanted: Wanted) -> LabelledImages:
    """Read every file of every class folder in the archive; see `spec.open_data`.

    The archive is gone through twice, since only all names together tell where a file
    belongs: first for the names, then for one file after another.

    Raises:
        InvalidInputError: The archive is damaged, or holds nothing usable.
    """
    members = _zip if path.suffix.lower() == ".zip" else _tar
    try:
        found = [(_inside(name), linked) for name, linked, _ in members(path)]
    except DAMAGE as error:
        raise _damaged(path, error) from error
    places = _without_wrapper(found)
    # Name by name, as a folder is listed: cat before cat-big, whatever "/" and "-" compare as.
    order = sorted(range(len(places)), key=lambda i: found[i][0].split("/"))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(len(places))

    def files() -> Iterator[Found]:
        try:
            for i, (name, linked, opened) in enumerate(members(path)):
                place, data = PurePosixPath(places[i]), b""
                if place_of(place) is not None:
                    if linked:
                        raise _unfollowed(path, name, linked)
                    with opened() as file:
                        data = file.read(MAX_FILE_BYTES + 1)
                yield Found(place, data, int(rank[i]))
        except DAMAGE as error:
            raise _damaged(path, error) from error

    return assemble(files(), str(path), wanted, count=len(places))


# Name, what it is a link to if it is one, and how to open it before the next one.
Member = tuple[str, str, Callable[[], IO[bytes]]]


def _tar(path: Path) -> Iterator[Member]:
    # From front to back: a compressed tar cannot be read in another order cheaply.
    with tarfile.open(path, "r|*") as tar:
        while (info := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would keep every member
            if info.isfile() or info.issym() or info.islnk():
                yield info.name, info.linkname, partial(_extracted, tar, info)


def _extracted(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    if file is None:
        raise tarfile.ReadError(f"{info.name} is no file")
    return file


def _zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, "", partial(archive.open, info)


def _unfollowed(path: Path, name: str, linked: str) -> InvalidInputError:
    return InvalidInputError(
        f"{path} holds {name} as a link to {linked}, and links cannot be followed in an archive; "
        f"pack the files themselves, with GNU tar by --dereference --hard-dereference"
    )


def _damaged(path: Path, error: Exception) -> InvalidInputError:
    return InvalidInputError(f"cannot read the archive {path}: {error}")


def _inside(name: str) -> str:
    """The member's place, without the leading ./ that tar likes to write."""
    return "/".join(part for part in PurePosixPath(name).parts if part not in ("/", "."))


def _without_wrapper(found: list[tuple[str, str]]) -> list[str]:
    """Drop one folder around all files, as `tar czf pets.tar.gz pets` makes; links follow."""
    places = [place for place, _ in found]
    files = [place for place, linked in found if not linked]
    shown = [place for place in files if not is_hidden(PurePosixPath(place))]
    heads = {place.partition("/")[0] for place in shown}
    deep = all(place.count("/") >= 2 for place in shown)
    if len(heads) == 1 and deep and heads.isdisjoint(PARTS):
        return [place.partition("/")[2] for place in places]
    return places
