"""Images that a bundle may be tested on: none that made it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import Manifest
from twinlet.errors import InvalidInputError
from twinlet_train.comparing import TEST_IMAGES, compared
from twinlet_train.config import TrainConfig
from twinlet_train.data import ImageStore, LabelledImages, Selected, Unreadable, open_data
from twinlet_train.splits import Indices, make_splits


@dataclass(frozen=True)
class Unseen:
    """Labelled images of a bundle's input size."""

    images: ImageStore  # uint8 (n, h, w, c)
    labels: NDArray[np.int64]  # (n,)
    protocol: str  # which images of the data these are
    unreadable: tuple[Unreadable, ...]  # images of the data that are in no part of it
    attempts: int  # all images of the data, the unreadable ones among them


def unseen(spec: str, manifest: Manifest) -> Unseen:
    """Open data at a bundle's size, and choose what may be tested on.

    On the very data the bundle was made from, only its test split: the rest it has seen. On
    other data, the test part where there is one, else everything. Of more than 10,000 images,
    as many are drawn evenly from all classes.

    Args:
        spec: As `--data` takes it.
        manifest: Of the bundle.

    Raises:
        InvalidInputError: The data cannot be read, or has another size and is not resized.
    """
    data, allowed, protocol = _chosen(spec, manifest)
    indices = compared(data.labels, allowed, TEST_IMAGES, seed=0)
    if len(indices) < len(allowed):
        protocol += f"; {len(indices):,} of {len(allowed):,}, drawn evenly from all classes"
    return Unseen(
        Selected(data.images, indices),
        data.labels[indices],
        protocol,
        data.unreadable,
        attempts=len(data.labels) + len(data.unreadable),
    )


def _chosen(spec: str, manifest: Manifest) -> tuple[LabelledImages, Indices, str]:
    contract = manifest.input
    square = contract.height == contract.width
    size = contract.height if square and not contract.is_vector else None
    data = open_data(spec, size=size, channels=contract.channels)
    if (data.contract.height, data.contract.width) != (contract.height, contract.width):
        raise InvalidInputError(
            f"this bundle takes {contract.height}x{contract.width}, and {spec} holds "
            f"{data.contract.height}x{data.contract.width}; evaluate resizes to squares only: "
            f"bring the data to that size"
        )
    provenance = manifest.provenance
    if data.fingerprint == provenance.get("data_fingerprint"):
        test = make_splits(data, TrainConfig.from_tables(provenance["config"]).split).test
        return data, test, "the bundle's own data: its test split alone, the rest was trained on"
    if data.has_test:
        return data, np.flatnonzero(data.split == "test"), "the test part of the data"
    return data, np.arange(len(data.labels)), "all images of the data"
