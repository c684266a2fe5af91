"""A labelled image data set, and what could not be read of it."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.data.store import ImageStore, blocks

_DIGEST_BYTES = 16  # two of a billion images share these by chance once in 10^20 data sets


@dataclass(frozen=True)
class Unreadable:
    """An image that was found and could not be used."""

    path: str
    reason: str


@dataclass(frozen=True)
class LabelledImages:
    """Images of one size with their identities."""

    images: ImageStore  # uint8 (n, h, w, c): an array, or on disk
    labels: NDArray[np.int64]  # (n,) indices into class_names
    class_names: tuple[str, ...]
    split: NDArray[np.str_]  # (n,) "train", "test" or "" where the data does not say
    spec: str  # where it came from, as given
    unreadable: tuple[Unreadable, ...] = ()
    # (n,) an attribute of each image, such as a camera; (0,) where the data has none.
    groups: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))
    places: tuple[str, ...] = ()  # where each image lies in a folder or archive, if asked for

    def __post_init__(self) -> None:
        """Refuse what no verifier can be trained on or measured with."""
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            raise InvalidInputError(
                f"{self.spec}: images must be uint8 (n, h, w, c), got {self.images.dtype} "
                f"{self.images.shape}"
            )
        if not len(self.images) == len(self.labels) == len(self.split):
            raise InvalidInputError(
                f"{self.spec}: {len(self.images)} images, {len(self.labels)} labels and "
                f"{len(self.split)} split marks; expected as many of each"
            )
        for name, found in (("groups", len(self.groups)), ("places", len(self.places))):
            if found not in (0, len(self.images)):
                raise InvalidInputError(
                    f"{self.spec}: {len(self.images)} images and {found} {name}; expected one an "
                    f"image, or none at all"
                )
        if len(self.class_names) < 2:
            raise InvalidInputError(
                f"{self.spec}: verification needs at least 2 classes, got "
                f"{len(self.class_names)} ({', '.join(self.class_names) or 'none'})"
            )
        for name, count in self.counts.items():
            if count < 2:
                raise InvalidInputError(
                    f"{self.spec}: class {name!r} has {count} usable image"
                    f"{'' if count == 1 else 's'}; a mated comparison needs 2: "
                    f"add images or remove the class{self._unreadable_hint()}"
                )

    def _unreadable_hint(self) -> str:
        if not self.unreadable:
            return ""
        first = self.unreadable[0]
        return f" ({len(self.unreadable)} unreadable, first {first.path}: {first.reason})"

    @property
    def counts(self) -> dict[str, int]:
        """Usable images of each class."""
        tally = np.bincount(self.labels, minlength=len(self.class_names))
        return {name: int(n) for name, n in zip(self.class_names, tally, strict=True)}

    @property
    def has_test(self) -> bool:
        """Whether the data brings a test part of its own."""
        return bool(np.any(self.split == "test"))

    @property
    def contract(self) -> InputContract:
        """The input contract of a twin trained on these images."""
        height, width, channels = self.images.shape[1:]
        return InputContract(height, width, channels, color="L" if channels == 1 else "RGB")

    @property
    def fingerprint(self) -> str:
        """Sha256 over shape, pixels, labels, class names and parts, as hex."""
        return self._seen[0]

    @property
    def plain(self) -> int:
        """How many images are of a single colour."""
        return self._seen[1]

    @property
    def originals(self) -> NDArray[np.int64]:
        """For each image the first with the very same pixels, itself where there is no copy."""
        return self._seen[2]

    @property
    def digests(self) -> NDArray[np.uint8]:
        """Of each image's pixels, (n, 16)."""
        return self._seen[3]

    @cached_property
    def _seen(self) -> tuple[str, int, NDArray[np.int64], NDArray[np.uint8]]:
        """Fingerprint, plain images, copies and digests by one look at all pixels.

        They may lie on disk.
        """
        digest = hashlib.sha256()
        digest.update(repr((self.images.shape, self.class_names)).encode())
        plain = 0
        each = np.empty((len(self.images), _DIGEST_BYTES), dtype=np.uint8)
        done = 0
        for block in blocks(self.images):
            for image in block:
                short = hashlib.blake2b(image.tobytes(), digest_size=_DIGEST_BYTES)
                each[done] = np.frombuffer(short.digest(), dtype=np.uint8)
                done += 1
            digest.update(np.ascontiguousarray(block).data)
            flat = block.reshape(len(block), -1, block.shape[-1])
            plain += int((flat == flat[:, :1]).all(axis=(1, 2)).sum())
        digest.update(self.labels.astype("<i8").tobytes())
        digest.update("\n".join(self.split.tolist()).encode())
        _, first, groups = np.unique(each, axis=0, return_index=True, return_inverse=True)
        originals = np.asarray(first[groups.reshape(-1)], dtype=np.int64)
        return digest.hexdigest(), plain, originals, each
