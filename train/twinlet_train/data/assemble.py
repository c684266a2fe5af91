"""From decoded images of a data set to one array of one size."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet.images import read_image
from twinlet.preprocessing import to_input
from twinlet_train.data.labelled import LabelledImages, Unreadable

PARTS = ("train", "test")


@dataclass(frozen=True)
class Found:
    """One file of a data set: its place, and its bytes or path."""

    path: PurePosixPath  # relative to the root of the data set
    source: Any  # what `twinlet.images.read_image` takes


def assemble(
    files: Iterable[Found], spec: str, *, size: int | None, channels: int | None
) -> LabelledImages:
    """Decode files at CLASS/NAME or PART/CLASS/NAME and stack them.

    Raises:
        InvalidInputError: No image, or images of several sizes and no `size`.
    """
    images: list[NDArray[np.uint8]] = []
    classes: list[str] = []
    parts: list[str] = []
    unreadable: list[Unreadable] = []
    for found in files:
        place = _place(found.path)
        if place is None:
            continue
        try:
            image = read_image(found.source)
        except InvalidInputError as error:
            unreadable.append(Unreadable(str(found.path), str(error)))
            continue
        if size is not None:
            image = resized(image, size)
        parts.append(place[0])
        classes.append(place[1])
        images.append(image)
    if not images:
        raise InvalidInputError(
            f"no images in {spec}: expected CLASS/IMAGE, or train/CLASS/IMAGE and "
            f"test/CLASS/IMAGE, got {len(unreadable)} unreadable files"
            + (f", first {unreadable[0].path}: {unreadable[0].reason}" if unreadable else "")
        )
    return stack(
        images,
        classes,
        LabelledParts(spec, tuple(parts), tuple(unreadable)),
        channels=channels,
    )


def _place(path: PurePosixPath) -> tuple[str, str] | None:
    """(part, class) of a file; None for hidden files and files outside class folders."""
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return None
    if len(path.parts) >= 3 and path.parts[0] in PARTS:
        return path.parts[0], path.parts[1]
    if len(path.parts) >= 2 and path.parts[0] not in PARTS:
        return "", path.parts[0]
    return None


def resized(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize (h, w) or (h, w, 3) to a square, by the rule the runtime applies to probes."""
    grey = image.ndim == 2
    contract = InputContract(size, size, 1 if grey else 3, color="L" if grey else "RGB")
    pixels = to_input(image, contract)
    return pixels[..., 0] if grey else pixels


@dataclass(frozen=True)
class LabelledParts:
    """What goes with a list of images besides their classes."""

    spec: str
    parts: tuple[str, ...]
    unreadable: tuple[Unreadable, ...] = ()


def stack(
    images: list[NDArray[np.uint8]],
    classes: list[str],
    about: LabelledParts,
    *,
    channels: int | None,
) -> LabelledImages:
    """Bring images (h, w) or (h, w, 3) of one size to (n, h, w, c)."""
    sizes = Counter(image.shape[:2] for image in images)
    if len(sizes) > 1:
        common = ", ".join(f"{h}x{w} ({n})" for (h, w), n in sizes.most_common(3))
        raise InvalidInputError(
            f"{about.spec} has images of {len(sizes)} sizes, most of them {common}; expected "
            f"one: resize them all with --set data.size=SIDE"
        )
    (height, width), _ = sizes.most_common(1)[0]
    count = channels or (3 if any(image.ndim == 3 for image in images) else 1)
    contract = InputContract(height, width, count, color="L" if count == 1 else "RGB")
    names = tuple(sorted(set(classes)))
    number = {name: i for i, name in enumerate(names)}
    return LabelledImages(
        images=np.stack([to_input(image, contract) for image in images]),
        labels=np.array([number[name] for name in classes], dtype=np.int64),
        class_names=names,
        split=np.array(about.parts, dtype=np.str_),
        spec=about.spec,
        unreadable=about.unreadable,
    )
