"""Enrolled identities: add, remove, search."""

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import numpy as np

from twinlet.errors import GalleryError, InvalidInputError
from twinlet.gallery.identification import DEFAULT_FPIR, Identification, Index, threshold_for
from twinlet.gallery.store import Binding, Store
from twinlet.images import ImageSource
from twinlet.scores import is_match
from twinlet.templates import Template
from twinlet.verifier import Verifier

MAX_ID = 200  # characters
LOCK_TIMEOUT = 5.0  # seconds to wait for another process


class Gallery:
    """A gallery file, opened with the verifier whose templates it holds.

    Several processes may search while one enrols; each sees a change when it is complete.

    Example:
        with Gallery.open("people.db", twinlet.load("faces.twin")) as gallery:
            gallery.enroll("ada", ["ada-1.png", "ada-2.png"])
            found = gallery.identify("someone.png")
    """

    def __init__(self, store: Store, verifier: Verifier) -> None:
        self._store = store
        self._verifier = verifier
        self._index: Index | None = None
        self._version = -1

    @classmethod
    def open(
        cls, path: str | Path, verifier: Verifier, *, timeout: float = LOCK_TIMEOUT
    ) -> "Gallery":
        """Open a gallery; where there is none, create an empty one bound to the verifier.

        Args:
            path: The gallery's file; its folder must exist.
            verifier: From `twinlet.load`, with the bundle and the file of the gallery.
            timeout: Seconds to wait for another process that is writing.

        Raises:
            GalleryError: It was made with another bundle or file, is no gallery, damaged,
                locked, or cannot be created.
        """
        store = Store(Path(path), timeout)
        try:
            wanted = Binding(verifier.bundle_id, verifier.file)
            if store.binding() is None:
                store.create(wanted)
            _check_binding(store, wanted)
        except BaseException:
            store.close()
            raise
        return cls(store, verifier)

    @staticmethod
    def bound_file(path: str | Path) -> str:
        """Say which of a bundle's files a gallery is made with, to load that one.

        Returns:
            The file's name; "" where there is no gallery yet.

        Raises:
            GalleryError: The file there is no gallery, or is damaged or locked.
        """
        if not os.path.lexists(path):
            return ""
        store = Store(Path(path), LOCK_TIMEOUT)
        try:
            binding = store.binding()
        finally:
            store.close()
        return binding.file if binding else ""

    def enroll(self, identity: str, images: Iterable[ImageSource | Template]) -> int:
        """Add images of an identity, all or none of them.

        When this returns, they are on the disk; a kill or a power cut cannot undo it.

        Args:
            identity: Printable text of 1 to 200 characters, without space at its ends.
            images: At least one image or template; see `Verifier.template`.

        Returns:
            How many templates were added.

        Raises:
            InvalidInputError: The id or an image is not usable; nothing was enrolled.
            GalleryError: The gallery cannot be changed; nothing was enrolled.
        """
        _check_id(identity)
        if isinstance(images, str | bytes | os.PathLike | Template | np.ndarray):
            raise InvalidInputError(
                f"enroll takes a list of images, got one {type(images).__name__}; write [image]"
            )
        templates = [self._verifier.as_template(image) for image in images]
        if not templates:
            raise InvalidInputError(f"no image to enrol for {identity!r}; give at least one")
        vectors = [template.vector.astype("<f4").tobytes() for template in templates]
        self._store.add(identity, vectors)
        self._index = None
        return len(vectors)

    def remove(self, identity: str) -> int:
        """Erase an identity.

        Returns:
            How many templates were erased.

        Raises:
            GalleryError: There is no such identity, or the gallery cannot be changed.
        """
        count = self._store.remove(identity)
        if not count:
            raise GalleryError(f"the gallery {self._store.path} has no identity {identity!r}")
        self._index = None
        return count

    def identify(
        self, image: ImageSource | Template, *, top: int = 5, fpir: float | None = None
    ) -> Identification:
        """Search for the identities most like an image.

        Args:
            image: An image or a template.
            top: How many candidates at most.
            fpir: Target false positive identification rate in (0, 1): the share of searches
                for somebody who is not enrolled that may still find one. `DEFAULT_FPIR` if
                not given. The threshold follows the number of enrolled templates.

        Returns:
            The candidates, best first, and whether the best one is below the threshold. An
            empty gallery has no candidates, so everybody is unknown.

        Raises:
            InvalidInputError: The image, `top` or the target is not usable.
            CalibrationError: The file's calibration does not support the target for a gallery
                of this size.
        """
        if top < 1:
            raise InvalidInputError(f"top must be at least 1, got {top}")
        target = DEFAULT_FPIR if fpir is None else fpir
        index = self._read()
        calibration = self._verifier.entry.calibration
        threshold = threshold_for(target, len(index.vectors), calibration)
        candidates = index.rank(self._verifier.as_template(image).vector, top)
        known = bool(candidates) and bool(is_match(candidates[0].similarity, threshold))
        return Identification(candidates, not known, threshold, target)

    def ids(self) -> tuple[str, ...]:
        """List the enrolled identities, ascending."""
        return self._read().ids

    def __len__(self) -> int:
        """Count the enrolled identities."""
        return len(self.ids())

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> "Gallery":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> Index:
        """Give all templates, read again only when the gallery has changed."""
        version = self._store.version()
        if self._index is None or version != self._version:
            self._index = self._build()
            self._version = version
        return self._index

    def _build(self) -> Index:
        rows = self._store.rows()
        size = self._verifier.embedding_size
        for identity, vector in rows:
            if len(vector) != 4 * size:
                raise GalleryError(
                    f"the gallery {self._store.path} is damaged: a template of {identity!r} has "
                    f"{len(vector)} bytes, expected {4 * size}; restore it or enrol again"
                )
        vectors = np.frombuffer(b"".join(vector for _, vector in rows), dtype="<f4")
        starts = [row for row in range(len(rows)) if row == 0 or rows[row][0] != rows[row - 1][0]]
        return Index(
            ids=tuple(rows[row][0] for row in starts),
            starts=np.array(starts, dtype=np.intp),
            vectors=vectors.reshape(len(rows), size),
        )


def _check_binding(store: Store, wanted: Binding) -> None:
    bound = store.binding() or wanted
    if bound.bundle_id != wanted.bundle_id:
        raise GalleryError(
            f"the gallery {store.path} was made with bundle {bound.bundle_id}, this is bundle "
            f"{wanted.bundle_id}; templates of different twins cannot be compared: use the "
            f"other bundle, or enrol into a new gallery"
        )
    if bound.file != wanted.file:
        raise GalleryError(
            f"the gallery {store.path} was made with the file {bound.file}, this verifier uses "
            f"{wanted.file}; use --file {bound.file} (in Python file={bound.file!r})"
        )


def _check_id(identity: str) -> None:
    usable = isinstance(identity, str) and identity.isprintable() and identity.strip() == identity
    if not usable or not 1 <= len(identity) <= MAX_ID:
        raise InvalidInputError(
            f"cannot enrol under the id {identity!r}; expected printable text of 1 to {MAX_ID} "
            f"characters without space at its ends"
        )
