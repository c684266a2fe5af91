"""A folder of class folders packed as a tar or zip file, read without unpacking it to disk."""

import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from twinlet.errors import InvalidInputError
from twinlet_train.data.assemble import PARTS, Found, assemble
from twinlet_train.data.labelled import LabelledImages

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".zip")
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError)


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive this module reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_archive(path: Path, *, size: int | None, channels: int | None) -> LabelledImages:
    """Read every file of every class folder in the archive; see `spec.open_data`.

    Raises:
        InvalidInputError: The archive is damaged, or holds nothing usable.
    """
    reader = _zip if path.suffix.lower() == ".zip" else _tar
    try:
        members = reader(path)
    except DAMAGE as error:
        raise InvalidInputError(f"cannot read the archive {path}: {error}") from error
    members.sort(key=lambda member: str(member[0]))
    files = (Found(place, data) for place, data in _without_wrapper(members))
    return assemble(files, str(path), size=size, channels=channels)


Member = tuple[PurePosixPath, bytes]


def _tar(path: Path) -> list[Member]:
    # One pass from front to back: a compressed tar cannot be read in another order cheaply.
    members = []
    with tarfile.open(path, "r|*") as tar:
        for info in tar:
            file = tar.extractfile(info) if info.isfile() else None
            if file is not None:
                members.append((_inside(info.name), file.read()))
    return members


def _zip(path: Path) -> list[Member]:
    with zipfile.ZipFile(path) as archive:
        return [
            (_inside(info.filename), archive.read(info))
            for info in archive.infolist()
            if not info.is_dir()
        ]


def _inside(name: str) -> PurePosixPath:
    """The member's place, without the leading ./ that tar likes to write."""
    return PurePosixPath(*(part for part in PurePosixPath(name).parts if part not in ("/", ".")))


def _without_wrapper(members: list[Member]) -> list[Member]:
    """Drop one folder around everything, as `tar czf pets.tar.gz pets` makes."""
    heads = {place.parts[0] for place, _ in members if place.parts}
    deep = all(len(place.parts) >= 3 for place, _ in members)
    if len(heads) == 1 and deep and heads.isdisjoint(PARTS):
        return [(PurePosixPath(*place.parts[1:]), data) for place, data in members]
    return members
