"""What a bundle is calibrated anew with: labelled images, or an enrolled gallery."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet import Gallery, load
from twinlet.bundle import Bundle
from twinlet.calibrating import Source
from twinlet.encodings import Encoding
from twinlet.errors import GalleryError, InvalidInputError
from twinlet.metrics import Unit, count_non_mated
from twinlet_train.data import blocks
from twinlet_train.data.sketch import Sketch
from twinlet_train.unseen import unseen

ALL = "all"


@dataclass(frozen=True)
class Material:
    """Labelled templates of some of a bundle's files."""

    files: tuple[str, ...]  # names, in the bundle's order
    templates: Callable[[str], NDArray[np.float32]]  # file -> unit vectors (n, d)
    labels: ArrayLike  # identities (n,)
    source: Source
    facts: dict[str, Any]  # to be recorded, JSON types
    unit: Unit  # "image" where the bundle was trained on other images of these identities


def from_data(bundle: Bundle, spec: str, file: str | None) -> Material:
    """Take labelled images, embedded by each file when it is its turn.

    Args:
        bundle: The shipped one.
        spec: As `--data` takes it.
        file: One of the bundle's files; None or "all" for all.

    Raises:
        InvalidInputError: There is no such file, the data cannot be read, or an image is there
            under two identities.
        MissingExtraError: A file's engine is not installed.
    """
    names = tuple(bundle.manifest.files) if file in (None, ALL) else (bundle.file(str(file)).name,)
    chosen = unseen(spec, bundle.manifest)
    non_mated = count_non_mated(chosen.labels)

    def templates(name: str) -> NDArray[np.float32]:
        verifier = load(bundle.path, file=name)
        return np.concatenate([verifier.embed(block) for block in blocks(chosen.images)])

    return Material(
        names,
        templates,
        chosen.labels,
        Source(
            f"{chosen.protocol}, {spec}: all {non_mated:,} non-mated comparisons among "
            f"{len(chosen.labels):,} images",
            chosen.fingerprint,
        ),
        {
            "data": spec,
            "repeated": chosen.repeated,
            "unreadable": len(chosen.unreadable),
            "seen": Sketch.of(chosen.digests).to_json(),
        },
        chosen.unit,
    )


def from_gallery(bundle: Bundle, path: Path, file: str | None) -> Material:
    """Take the templates that are enrolled, of the one file that made them.

    Ids are recorded nowhere but in the fingerprint, from which they cannot be read.

    Args:
        bundle: The shipped one.
        path: The gallery.
        file: The file that the gallery is made with; None to find out.

    Raises:
        InvalidInputError: Another file was named.
        GalleryError: There is no gallery, it belongs to another bundle or file, is empty, or
            keeps int8 templates.
    """
    if file == ALL:
        raise InvalidInputError(
            f"a gallery holds templates of one file, so --file {ALL} cannot be calibrated from it; "
            f"leave --file out, or give labelled images with --data"
        )
    bound = Gallery.bound_file(path) if path.exists() else ""
    if not bound:
        raise GalleryError(
            f"there is no gallery at {path}; check the path, or make one with `twinlet enroll`"
        )
    with Gallery.open(path, load(bundle.path, file=file or bound)) as gallery:
        vectors, owners = gallery.enrolled()
        encoding = gallery.templates
    if encoding is not Encoding.FLOAT32:
        raise GalleryError(
            f"the gallery {path} keeps {encoding} templates, and thresholds are calibrated on "
            f"float32 ones; enrol into a gallery of these, or give labelled images with --data"
        )
    if not owners:
        raise GalleryError(f"the gallery {path} is empty; enrol identities first")
    labels = np.array(owners, dtype=np.str_)
    found = np.asarray(vectors, dtype=np.float32)
    digest = hashlib.sha256("\n".join(owners).encode() + b"\n" + found.tobytes())
    return Material(
        (file or bound,),
        lambda _: found,
        labels,
        Source(
            f"a gallery: all {count_non_mated(labels):,} non-mated comparisons among "
            f"{len(labels):,} enrolled templates",
            digest.hexdigest(),
        ),
        {"gallery": True},
        "identity",
    )
