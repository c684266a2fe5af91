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
from twinlet_train.data.assemble import PARTS, Found, assemble, is_hidden
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
        places = [_inside(name) for name, _ in members(path)]
    except DAMAGE as error:
        raise _damaged(path, error) from error
    # Name by name, as a folder is listed: cat before cat-big, whatever "/" and "-" compare as.
    order = sorted(range(len(places)), key=lambda i: places[i].split("/"))
    rank = np.empty(len(places), dtype=np.int64)
    rank[order] = np.arange(len(places))
    places = _without_wrapper(places)

    def files() -> Iterator[Found]:
        try:
            for i, (_, opened) in enumerate(members(path)):
                with opened() as file:
                    data = file.read(MAX_FILE_BYTES + 1)
                yield Found(PurePosixPath(places[i]), data, int(rank[i]))
        except DAMAGE as error:
            raise _damaged(path, error) from error

    return assemble(files(), str(path), wanted, count=len(places))


Member = tuple[str, Callable[[], IO[bytes]]]  # name, and how to open it before the next one


def _tar(path: Path) -> Iterator[Member]:
    # From front to back: a compressed tar cannot be read in another order cheaply.
    with tarfile.open(path, "r|*") as tar:
        while (info := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would keep every member
            if info.issym() or info.islnk():
                raise InvalidInputError(
                    f"{path} holds {info.name} as a link to {info.linkname}, and links cannot be "
                    f"followed in an archive; pack the files themselves: "
                    f"tar --dereference --hard-dereference"
                )
            if info.isfile():
                yield info.name, partial(_extracted, tar, info)


def _extracted(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    if file is None:
        raise tarfile.ReadError(f"{info.name} is no file")
    return file


def _zip(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, partial(archive.open, info)


def _damaged(path: Path, error: Exception) -> InvalidInputError:
    return InvalidInputError(f"cannot read the archive {path}: {error}")


def _inside(name: str) -> str:
    """The member's place, without the leading ./ that tar likes to write."""
    return "/".join(part for part in PurePosixPath(name).parts if part not in ("/", "."))


def _without_wrapper(places: list[str]) -> list[str]:
    """Drop one folder around everything, as `tar czf pets.tar.gz pets` makes."""
    shown = [place for place in places if not is_hidden(PurePosixPath(place))]
    heads = {place.partition("/")[0] for place in shown}
    deep = all(place.count("/") >= 2 for place in shown)
    if len(heads) == 1 and deep and heads.isdisjoint(PARTS):
        return [place.partition("/")[2] for place in places]
    return places
