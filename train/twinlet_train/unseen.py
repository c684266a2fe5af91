"""Images that a bundle may be tested on: none that made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import Manifest
from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet_train.comparing import TEST_IMAGES, compared
from twinlet_train.config import TrainConfig
from twinlet_train.data import ImageStore, LabelledImages, Selected, Unreadable, open_data
from twinlet_train.data.attributes import read_attributes
from twinlet_train.data.duplicates import NAMED, name_of, refuse_shared
from twinlet_train.data.sketch import Digests, Sketch
from twinlet_train.splits import Indices, make_splits
from twinlet_train.untrained import OwnModel


@dataclass(frozen=True)
class Unseen:
    """Labelled images of a bundle's input size."""

    images: ImageStore  # uint8 (n, h, w, c)
    labels: NDArray[np.int64]  # (n,)
    protocol: str  # which images of the data these are
    unreadable: tuple[Unreadable, ...]  # images of the data that are in no part of it
    attempts: int  # all images of the data, the unreadable ones among them
    fingerprint: str  # sha256 of all the data
    unit: Unit  # "image" where the bundle was trained on other images of these identities
    digests: Digests  # of the images' pixels, (n, 16)
    repeated: int  # images that are the same as another of their identity
    # (n,) an attribute of each image; (0,) where there is none.
    groups: NDArray[np.str_] = field(default_factory=lambda: np.empty(0, dtype=np.str_))


@dataclass(frozen=True)
class _Part:
    """The part of the data that may be measured."""

    allowed: Indices
    others: Indices  # on the other side of a split
    protocol: str
    unit: Unit


def unseen(spec: str, manifest: Manifest, *, attributes: Path | None = None) -> Unseen:
    """Open data at a bundle's size, and choose what may be tested on.

    On the very data the bundle was made from, only its test split: the rest it has seen. On
    other data, the test part where there is one, else everything, and never images that the
    bundle was trained on or calibrated with, known by their digests. Of more than 10,000 images,
    as many are drawn evenly from all classes.

    Args:
        spec: As `--data` takes it.
        manifest: Of the bundle.
        attributes: A table of one attribute of each image; see `read_attributes`. By default the
            `groups` of an .npz file, where it has any.

    Raises:
        InvalidInputError: The data or the attributes cannot be read, the data have another size
            and are not resized, an image has two identities or is on both sides of a split, or
            images made the bundle.
    """
    data = _opened(spec, manifest)
    part = _part(data, manifest)
    protocol = part.protocol
    indices = compared(data.labels, part.allowed, TEST_IMAGES, seed=0)
    if len(indices) < len(part.allowed):
        protocol += f"; {len(indices):,} of {len(part.allowed):,}, drawn evenly from all classes"
    groups = data.groups[indices] if len(data.groups) else data.groups
    if attributes is not None:
        groups = read_attributes(attributes, data, indices)
    return Unseen(
        Selected(data.images, indices),
        data.labels[indices],
        protocol,
        data.unreadable,
        attempts=len(data.labels) + len(data.unreadable),
        fingerprint=data.fingerprint,
        unit=part.unit,
        digests=data.digests[indices],
        repeated=refuse_shared(data, indices, part.others),
        groups=groups,
    )


def _opened(spec: str, manifest: Manifest) -> LabelledImages:
    contract = manifest.input
    square = contract.height == contract.width
    size = contract.height if square and not contract.is_vector else None
    data = open_data(spec, size=size, channels=contract.channels, places=True)
    if (data.contract.height, data.contract.width) != (contract.height, contract.width):
        raise InvalidInputError(
            f"this bundle takes {contract.height}x{contract.width}, and {spec} holds "
            f"{data.contract.height}x{data.contract.width}; evaluate resizes to squares only: "
            f"bring the data to that size"
        )
    return data


def _part(data: LabelledImages, manifest: Manifest) -> _Part:
    provenance = manifest.provenance
    everything = np.arange(len(data.labels))
    if data.fingerprint == provenance.get("data_fingerprint"):
        config = provenance["config"]
        if own := OwnModel.of(config):  # the data calibrated it only
            splits, rest = own.parts(data), "calibrated it"
        else:
            split = TrainConfig.from_tables({"split": config["split"]}).split
            splits, rest = make_splits(data, split), "was trained on"
            _check_parted(data, splits.test, provenance)
        return _Part(
            splits.test,
            np.setdiff1d(everything, splits.test),
            f"the bundle's own data: its test split alone, the rest {rest}",
            splits.unit,
        )
    if data.has_test:
        test = np.flatnonzero(data.split == "test")
        part, protocol = test, "the test part of the data"
    else:
        part, protocol = everything, "all images of the data"
    others = np.setdiff1d(everything, part)
    if "seen" not in provenance:  # made before bundles told
        return _Part(part, others, protocol, "identity")
    seen = Sketch.from_json(provenance["seen"])
    known = part[seen.known(data.digests[part])]
    if len(known):
        raise InvalidInputError(
            f"{data.spec} holds about {seen.among(data.digests[part]):.2%} of the {seen.images:,} "
            f"images that the bundle was trained on or calibrated with, by the digests of their "
            f"pixels, such as {', '.join(name_of(data, int(i)) for i in known[:NAMED])}; what is "
            f"measured on them says nothing of new ones; expected images it has not seen: take "
            f"those out, or mark the others as the test part"
        )
    # Trained on other images of these identities.
    trained_on = len(seen.known(data.digests[others])) > 0
    return _Part(part, others, protocol, "image" if trained_on else "identity")


def _check_parted(data: LabelledImages, test: Indices, provenance: Mapping[str, Any]) -> None:
    """Refuse a bundle whose data an older twinlet parted so that what tests now, made it."""
    if "seen" in provenance:
        seen = Sketch.from_json(provenance["seen"])
        if len(seen.known(data.digests[test])):
            raise InvalidInputError(
                f"the bundle was made by an older twinlet, which parted {data.spec} in another "
                f"way, so images that made it would test it; train and export it again"
            )
