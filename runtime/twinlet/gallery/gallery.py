"""Enrolled identities: add, remove, search."""

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from types import TracebackType

import numpy as np

from twinlet.compact import Numbers
from twinlet.encodings import Encoding, as_encoding, pairing
from twinlet.errors import GalleryError, InvalidInputError
from twinlet.gallery.identification import DEFAULT_FPIR, Identification, Index, point_for_search
from twinlet.gallery.ids import check_id
from twinlet.gallery.rows import to_index, to_row
from twinlet.gallery.store import Binding, Store, Version
from twinlet.images import ImageSource
from twinlet.scores import is_match
from twinlet.templates import Template
from twinlet.verifier import Verifier

LOCK_TIMEOUT = 5.0  # seconds to wait for another process


class Gallery:
    """A gallery file, opened with the verifier whose templates it holds.

    Several processes may search while one enrols, and so may the threads that share a gallery;
    a search that begins after a change was complete sees it.

    Example:
        with Gallery.open("people.db", twinlet.load("faces.twin")) as gallery:
            gallery.enroll("ada", ["ada-1.png", "ada-2.png"])
            found = gallery.identify("someone.png")
    """

    def __init__(self, store: Store, verifier: Verifier, encoding: Encoding) -> None:
        self._store = store
        self._verifier = verifier
        self._encoding = encoding
        self._reading = Lock()
        self._cached: tuple[Version, Index] | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        verifier: Verifier,
        *,
        templates: str | None = None,
        timeout: float = LOCK_TIMEOUT,
    ) -> "Gallery":
        """Open a gallery; where there is none, create an empty one bound to the verifier.

        Args:
            path: The gallery's file; its folder must exist.
            verifier: From `twinlet.load`, with the bundle and the file of the gallery.
            templates: How a new gallery keeps them, "float32" or "int8", a quarter of the
                size; of an existing one, how it must keep them. If not given, a new one keeps
                float32 and an existing one is taken as it is. None is ever converted.
            timeout: Seconds to wait for another process that is writing.

        Raises:
            GalleryError: It was made with another bundle, file or encoding, is no gallery,
                damaged, locked, or cannot be created.
            CalibrationError: It keeps int8 templates, for which the bundle has no thresholds.
            InvalidInputError: There are no such templates.
        """
        encoding = Encoding.FLOAT32 if templates is None else as_encoding(templates)
        # Asked for before anything is made: a gallery that cannot be searched is of no use.
        verifier.entry.calibration_for(pairing(Encoding.FLOAT32, encoding))
        store = Store(Path(path), timeout)
        try:
            wanted = Binding(verifier.bundle_id, verifier.file, encoding)
            if store.binding() is None:
                store.create(wanted)
            bound = store.binding() or wanted
            _check_binding(bound, wanted, store.path)
            if templates is not None and bound.encoding is not encoding:
                raise _other_encoding(store.path, bound.encoding, encoding)
            verifier.entry.calibration_for(pairing(Encoding.FLOAT32, bound.encoding))
        except BaseException:
            store.close()
            raise
        return cls(store, verifier, bound.encoding)

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
            InvalidInputError: The id or an image is not usable, or an int8 template is given
                to a gallery of float32 ones; nothing was enrolled.
            GalleryError: The gallery cannot be changed; nothing was enrolled.
        """
        check_id(identity)
        if isinstance(images, str | bytes | os.PathLike | Template | np.ndarray):
            raise InvalidInputError(
                f"enroll takes a list of images, got one {type(images).__name__}; write [image]"
            )
        templates = [self._verifier.as_template(image) for image in images]
        if not templates:
            raise InvalidInputError(f"no image to enrol for {identity!r}; give at least one")
        rows = [to_row(template, self._encoding) for template in templates]
        self._store.add(identity, rows)
        return len(rows)

    def remove(self, identity: str) -> int:
        """Erase an identity: its bytes in the gallery's file are overwritten with zeros.

        What else of it the disk may still hold is said in `twinlet.gallery.store`.

        Returns:
            How many templates were erased.

        Raises:
            GalleryError: There is no such identity, or the gallery cannot be changed.
        """
        count = self._store.remove(identity)
        if not count:
            raise GalleryError(f"the gallery {self._store.path} has no identity {identity!r}")
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
                not given. The threshold follows the number of enrolled templates, so that it
                holds in the mean over galleries and strangers drawn as the calibration's
                identities were; somebody who looks like an enrolled one may be found more often.

        Returns:
            The candidates, best first, and whether the best one is below the threshold. An
            empty gallery has no candidates, so everybody is unknown.

        Raises:
            InvalidInputError: The image, `top` or the target is not usable.
            CalibrationError: The file's calibration does not support the target for a gallery
                of this size, or the bundle has none for int8 templates.
        """
        if top < 1:
            raise InvalidInputError(f"top must be at least 1, got {top}")
        target = DEFAULT_FPIR if fpir is None else fpir
        index = self._read()
        probe = self._verifier.as_template(image)
        calibration = self._verifier.entry.calibration_for(pairing(probe.encoding, self._encoding))
        point = point_for_search(
            target, len(index.vectors), calibration, extrapolate=self._verifier.extrapolate
        )
        candidates = index.rank(probe.vector, top)
        known = bool(candidates) and bool(is_match(candidates[0].similarity, point.threshold))
        return Identification(
            candidates,
            unknown=not known,
            threshold=point.threshold,
            fpir=target,
            basis=point.basis,
            unit=calibration.unit,
        )

    @property
    def templates(self) -> Encoding:
        """How templates are kept here, "float32" or "int8"."""
        return self._encoding

    def ids(self) -> tuple[str, ...]:
        """List the enrolled identities, ascending."""
        return self._read().ids

    def enrolled(self) -> tuple[Numbers, tuple[str, ...]]:
        """Give all templates, for measuring and calibrating on them.

        Returns:
            Vectors (n, d), unit or the numbers of int8 templates, and whose each is, n ids,
            ascending.
        """
        index = self._read()
        ends = np.append(index.starts[1:], len(index.vectors))
        counts = (ends - index.starts).tolist() if index.ids else []
        owners = (name for name, count in zip(index.ids, counts, strict=True) for _ in range(count))
        return index.vectors, tuple(owners)

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
        """Give all templates, read again only when the gallery has changed.

        The version is asked for before the templates: a change between the two leaves them
        newer than their version says, and the next search reads them again. The lock keeps
        threads from reading the same templates each for itself; it is not held while one searches.
        """
        with self._reading:
            version = self._store.version()
            if self._cached is None or self._cached[0] != version:
                self._cached = (version, self._build())
            return self._cached[1]

    def _build(self) -> Index:
        return to_index(
            self._store.rows(),
            self._encoding,
            dimensions=self._verifier.embedding_size,
            path=self._store.path,
        )


def _check_binding(bound: Binding, wanted: Binding, path: Path) -> None:
    if bound.bundle_id != wanted.bundle_id:
        raise GalleryError(
            f"the gallery {path} was made with bundle {bound.bundle_id}, this is bundle "
            f"{wanted.bundle_id}; templates of different twins cannot be compared: use the "
            f"other bundle, or enrol into a new gallery"
        )
    if bound.file != wanted.file:
        raise GalleryError(
            f"the gallery {path} was made with the file {bound.file}, this verifier uses "
            f"{wanted.file}; use --file {bound.file} (in Python file={bound.file!r})"
        )


def _other_encoding(path: Path, kept: Encoding, wanted: Encoding) -> GalleryError:
    return GalleryError(
        f"the gallery {path} keeps {kept} templates, {wanted} ones were asked for, and none is "
        f"converted; leave --templates out (in Python templates=None), or enrol into a new gallery"
    )
