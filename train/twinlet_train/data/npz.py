"""An .npz file with `images`, `labels` and optionally `split`."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data.assemble import LabelledParts, resized, stack
from twinlet_train.data.labelled import LabelledImages


def read_npz(path: Path, *, size: int | None, channels: int | None) -> LabelledImages:
    """Read arrays `images` uint8 (n, h, w[, c]), `labels` (n,), `split` (n,) of train and test.

    Raises:
        InvalidInputError: Not an .npz, arrays missing, or of another shape or type.
    """
    arrays = _arrays(path)
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or not len(images):
        raise InvalidInputError(
            f"{path}: `images` must be uint8 (n, h, w) or (n, h, w, c), got {images.dtype} "
            f"{images.shape}"
        )
    if labels.shape != (len(images),) or labels.dtype.kind not in "iuU":
        raise InvalidInputError(
            f"{path}: `labels` must be {len(images)} integers or names, one an image, got "
            f"{labels.dtype} {labels.shape}"
        )
    split = arrays.get("split", np.full(len(images), ""))
    if split.shape != (len(images),) or not set(split.tolist()) <= {"train", "test", ""}:
        raise InvalidInputError(
            f"{path}: `split` must be {len(images)} texts, each train or test, got "
            f"{split.dtype} {split.shape}"
        )
    return from_arrays(
        images, labels, LabelledParts(str(path), tuple(split.tolist())), (size, channels)
    )


def from_arrays(
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    about: LabelledParts,
    wanted: tuple[int | None, int | None],
) -> LabelledImages:
    """Turn arrays into labelled images, resized and coloured as wanted (size, channels)."""
    size, channels = wanted
    flat = [
        image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image for image in images
    ]
    if size is not None:
        flat = [resized(image, size) for image in flat]
    names = _names(labels)
    return stack(flat, names, about, channels=channels)


def _names(labels: NDArray[Any]) -> list[str]:
    """Class names that sort as the labels do: 02 before 10."""
    texts = [str(label) for label in labels.tolist()]
    if labels.dtype.kind == "U":
        return texts
    width = max(len(text) for text in texts)
    return [text.zfill(width) for text in texts]


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"{path} is not a readable .npz file: {error}") from error
    missing = [name for name in ("images", "labels") if name not in arrays]
    if missing:
        raise InvalidInputError(
            f"{path} lacks {' and '.join(missing)}; expected images, labels and optionally split, "
            f"got {', '.join(arrays) or 'nothing'}"
        )
    return arrays
