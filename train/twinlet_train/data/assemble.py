"""From the files of a data set to labelled images, one file in memory at a time."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet.images import read_image
from twinlet_train.data.labelled import LabelledImages, Unreadable
from twinlet_train.data.store import ImageStore
from twinlet_train.data.uniform import Uniform, Wanted, resized

PARTS = ("train", "test")
# Folders that are parts of data elsewhere, in lower case; here each would be an identity.
OTHER_PARTS = frozenset({*PARTS, "training", "testing", "val", "valid", "validation", "dev"})

T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """One file of a data set: its place, its bytes or path, and which of all it is."""

    path: PurePosixPath  # relative to the root of the data set
    source: Any  # what `twinlet.images.read_image` takes
    rank: int  # its number in the order of the data set, whatever order the files come in


def assemble(files: Iterable[Found], spec: str, wanted: Wanted, *, count: int) -> LabelledImages:
    """Decode files at CLASS/NAME or PART/CLASS/NAME, each straight to where it stays.

    Args:
        files: In any order.
        spec: Where they come from.
        wanted: Size, colour and room.
        count: How many there are.

    Raises:
        InvalidInputError: No image, or images of several sizes and no `wanted.size`.
        TwinletError: The images fit neither memory nor the disk.
    """
    images = Uniform(wanted, spec, count=count)
    classes: list[str] = []
    parts: list[str] = []
    ranks: list[int] = []
    kept: list[str] = []
    unreadable: dict[int, Unreadable] = {}
    outside = 0
    nested: set[str] = set()
    for found in shown(files, count):
        place = place_of(found.path)
        if place is None:
            outside += not is_hidden(found.path)
            continue
        try:
            image = read_image(found.source)
        except InvalidInputError as error:
            unreadable[found.rank] = Unreadable(str(found.path), str(error))
            continue
        images.put(found.rank, resized(image, wanted))
        # Names are kept once, however many images have them.
        part, name = (sys.intern(text) for text in place)
        if not part and len(found.path.parts) > 2:
            nested.add(name)
        parts.append(part)
        classes.append(name)
        ranks.append(found.rank)
        if wanted.places:
            kept.append(str(found.path))
    damage = tuple(unreadable[rank] for rank in sorted(unreadable))
    if not ranks:
        raise InvalidInputError(
            f"no images in {spec}: expected CLASS/IMAGE, or train/CLASS/IMAGE and "
            f"test/CLASS/IMAGE, got {outside} files outside class folders and {len(damage)} "
            f"unreadable ones" + (f", first {damage[0].path}: {damage[0].reason}" if damage else "")
        )
    _check_parts(parts, classes, spec)
    _check_names(nested, spec)
    order = np.argsort(np.array(ranks))
    about = LabelledParts(
        spec,
        tuple(parts[i] for i in order),
        damage,
        places=tuple(kept[i] for i in order) if kept else (),
    )
    return labelled(images.finish(), [classes[i] for i in order], about)


def shown(items: Iterable[T], count: int) -> Iterator[T]:
    """Pass items on, with a bar on standard error when they take longer than two seconds."""
    from tqdm import tqdm

    terminal = sys.stderr.isatty()
    bar: Iterator[T] = iter(
        tqdm(
            items,
            total=count,
            desc="decoding",
            unit="file",
            delay=2.0,
            mininterval=0.5 if terminal else 30.0,  # a log file wants a line now and then
            dynamic_ncols=True,
        )
    )
    return bar


def is_hidden(path: PurePosixPath) -> bool:
    """Whether a file is hidden, or one of those that macOS adds to archives."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _check_parts(parts: list[str], classes: list[str], spec: str) -> None:
    """Refuse folders beside train/ and test/: val/ would become an identity."""
    beside = sorted({name for part, name in zip(parts, classes, strict=True) if not part})
    if beside and len(beside) < len(set(classes)) and any(parts):
        raise InvalidInputError(
            f"{spec} has images in {', '.join(PARTS)} and beside them, in "
            f"{', '.join(beside[:5])}{' ...' if len(beside) > 5 else ''}; move these into "
            f"{PARTS[0]}/CLASS (validation images are drawn from there) or away"
        )


def _check_names(nested: set[str], spec: str) -> None:
    """Refuse Train/CLASS/IMAGE and the like: all their classes would be one identity, Train."""
    if named := sorted(name for name in nested if name.casefold() in OTHER_PARTS):
        raise InvalidInputError(
            f"{spec} has images in folders of {', '.join(named)}, which would each be one "
            f"identity; name the parts {PARTS[0]} and {PARTS[1]}, in lower case, and leave others "
            f"out (validation images are drawn from {PARTS[0]}), or rename what is an identity"
        )


def place_of(path: PurePosixPath) -> tuple[str, str] | None:
    """(part, class) of a file; None for hidden files and files outside class folders."""
    if is_hidden(path):
        return None
    if len(path.parts) >= 3 and path.parts[0] in PARTS:
        return path.parts[0], path.parts[1]
    if len(path.parts) >= 2 and path.parts[0] not in PARTS:
        return "", path.parts[0]
    return None


@dataclass(frozen=True)
class LabelledParts:
    """What goes with images besides their classes."""

    spec: str
    parts: tuple[str, ...]
    unreadable: tuple[Unreadable, ...] = ()
    groups: tuple[str, ...] = ()  # an attribute of each image
    places: tuple[str, ...] = ()  # of each image


def labelled(images: ImageStore, classes: list[str], about: LabelledParts) -> LabelledImages:
    """Number the classes of images by their sorted names."""
    names = tuple(sorted(set(classes)))
    number = {name: i for i, name in enumerate(names)}
    return LabelledImages(
        images=images,
        labels=np.array([number[name] for name in classes], dtype=np.int64),
        class_names=names,
        split=np.array(about.parts, dtype=np.str_),
        spec=about.spec,
        unreadable=about.unreadable,
        groups=np.array(about.groups, dtype=np.str_),
        places=about.places,
    )
