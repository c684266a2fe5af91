"""A folder of class folders, optionally under train/ and test/."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from twinlet_train.data.assemble import Found, assemble
from twinlet_train.data.labelled import LabelledImages


def read_folder(path: Path, *, size: int | None, channels: int | None) -> LabelledImages:
    """Read every file of every class folder; see `spec.open_data`."""
    return assemble(_files(path), str(path), size=size, channels=channels)


def _files(root: Path) -> Iterator[Found]:
    # By name, so that a data set is the same whatever order the disk lists it in.
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield Found(PurePosixPath(path.relative_to(root).as_posix()), path)
