"""A folder of class folders, optionally under train/ and test/."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from twinlet.errors import InvalidInputError
from twinlet_train.data.assemble import Found, assemble
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import Wanted


def read_folder(path: Path, wanted: Wanted) -> LabelledImages:
    """Read every file of every class folder; see `spec.open_data`.

    Raises:
        InvalidInputError: A folder cannot be listed, or there is nothing usable.
    """
    names = list(_names(path, ""))
    files = (Found(PurePosixPath(name), path / name, rank) for rank, name in enumerate(names))
    return assemble(files, str(path), wanted, count=len(names))


def _names(root: Path, inside: str) -> Iterator[str]:
    """Places of all files, as text (a `Path` of each would take several times the memory).

    By name, so that a data set is the same whatever order the disk lists it in. Links to
    files count, links to folders are not followed: they may lead round in a circle.
    """
    try:
        with os.scandir(root / inside) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InvalidInputError(
            f"cannot list the folder {root / inside}: {error.strerror or error}; make it "
            f"readable, or take it out of {root}"
        ) from error
    for entry in found:
        if entry.name.startswith(".") or entry.name == "__MACOSX":
            continue
        place = f"{inside}/{entry.name}" if inside else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _names(root, place)
        elif entry.is_file():
            yield place
