"""An .npz file with `images`, `labels` and optionally `split` and `groups`."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.arrays import from_rows
from twinlet_train.data.assemble import LabelledParts
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import Wanted

DAMAGE = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
SMALL = ("labels", "split", "groups")
BLOCK_BYTES = 4 * 2**20  # of images read at once


def read_npz(path: Path, wanted: Wanted) -> LabelledImages:
    """Read arrays `images` uint8 (n, h, w[, c]), `labels` (n,), `split` (n,) of train and test.

    `groups` (n,) is an attribute of each image, such as its camera; error rates are then told for
    each group.

    Images are read in blocks, never all at once, packed or not.

    Raises:
        InvalidInputError: Not an .npz, arrays missing, or of another shape or type.
    """
    try:
        with zipfile.ZipFile(path) as file:
            _check_names(file, path)
            with file.open("images.npy") as images:
                shape, _, dtype = _header(images)
            small = {name: _array(file, name) for name in SMALL if _has(file, name)}
    except DAMAGE as error:
        if isinstance(error, InvalidInputError):
            raise
        raise _unreadable(path, error) from error
    if dtype != np.uint8 or len(shape) not in (3, 4) or not shape[0]:
        raise InvalidInputError(
            f"{path}: `images` must be uint8 (n, h, w) or (n, h, w, c), got {dtype} {shape}"
        )
    count, labels = shape[0], small["labels"]
    if labels.shape != (count,) or labels.dtype.kind not in "iuU":
        raise InvalidInputError(
            f"{path}: `labels` must be {count} integers or names, one an image, got "
            f"{labels.dtype} {labels.shape}"
        )
    split = small.get("split", np.full(count, ""))
    if split.shape != (count,) or not set(split.tolist()) <= {"train", "test", ""}:
        raise InvalidInputError(
            f"{path}: `split` must be {count} texts, each train or test, got "
            f"{split.dtype} {split.shape}{_others(split)}"
        )
    about = LabelledParts(
        str(path), tuple(split.tolist()), groups=_groups(small.get("groups"), count, path)
    )
    return from_rows(_rows(path), labels, about, wanted)


def _groups(given: NDArray[Any] | None, count: int, path: Path) -> tuple[str, ...]:
    if given is None:
        return ()
    if given.shape != (count,) or given.dtype.kind not in "iuU":
        raise InvalidInputError(
            f"{path}: `groups` must be {count} integers or names, one an image, got "
            f"{given.dtype} {given.shape}"
        )
    return tuple(str(value) for value in given.tolist())


def _others(split: NDArray[Any]) -> str:
    """What else than train and test is in it."""
    others = sorted({str(value) for value in split.ravel().tolist()} - {"train", "test", ""})
    if not others:
        return ""
    more = ", ..." if len(others) > 3 else ""
    return f" with {', '.join(map(repr, others[:3]))}{more}; validation images are drawn from train"


def _check_names(file: zipfile.ZipFile, path: Path) -> None:
    missing = [name for name in ("images", "labels") if not _has(file, name)]
    if missing:
        names = ", ".join(name.removesuffix(".npy") for name in file.namelist())
        raise InvalidInputError(
            f"{path} lacks {' and '.join(missing)}; expected images, labels and optionally split "
            f"and groups, got {names or 'nothing'}"
        )


def _has(file: zipfile.ZipFile, name: str) -> bool:
    return f"{name}.npy" in file.namelist()


def _array(file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with file.open(f"{name}.npy") as member:
        if _header(member)[2].hasobject:
            raise InvalidInputError(
                f"{file.filename}: `{name}` holds Python objects, which are not loaded, since they "
                f"can run code; save it as an array of integers or texts, such as "
                f"np.array({name}, dtype=str)"
            )
    with file.open(f"{name}.npy") as member:
        array: NDArray[Any] = npy.read_array(member, allow_pickle=False)
        return array


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and type (NEP 1); the data comes next."""
    version = npy.read_magic(member)
    if version not in HEADERS:
        raise ValueError(f"its images have .npy format {version}, expected 1.0 or 2.0")
    shape, columns_first, dtype = HEADERS[version](member)
    return shape, columns_first, dtype


def _rows(path: Path) -> Iterator[NDArray[np.uint8]]:
    try:
        with zipfile.ZipFile(path) as file, file.open("images.npy") as member:
            shape, columns_first, _ = _header(member)
            if columns_first:  # every image is spread over the whole file
                yield from _array(file, "images")
                return
            image_bytes = max(1, int(np.prod(shape[1:])))
            step = max(1, BLOCK_BYTES // image_bytes)
            for start in range(0, shape[0], step):
                count = min(step, shape[0] - start)
                data = np.frombuffer(member.read(count * image_bytes), dtype=np.uint8)
                if len(data) < count * image_bytes:
                    raise EOFError(f"it ends within image {start + len(data) // image_bytes}")
                yield from data.reshape(count, *shape[1:])
    except DAMAGE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InvalidInputError:
    return InvalidInputError(f"{path} is not a readable .npz file: {error}")
