"""The ground every file of a bundle is measured on: which images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import Source as GoldenSource
from twinlet.bundle import make_inputs
from twinlet.calibrating import Source
from twinlet.contract import InputContract
from twinlet.metrics import count_non_mated
from twinlet_export.probes import Probes, choose_probes
from twinlet_export.representative import representative
from twinlet_export.settings import (
    COMPARED_IMAGES,
    GOLDEN_PAIRS,
    PARITY_IMAGES,
    REPRESENTATIVE_IMAGES,
)
from twinlet_export.sources import choose_sources
from twinlet_train.comparing import compared
from twinlet_train.data import ImageStore, Selected

if TYPE_CHECKING:
    from twinlet_train.data import LabelledImages
    from twinlet_train.splits import Splits

Indices = NDArray[np.int64]

COLOURS = {1: "L", 3: "RGB"}


@dataclass(frozen=True)
class Part:
    """Images of one part of the split."""

    indices: Indices  # into the data set, rising
    pixels: ImageStore  # uint8 (n, h, w, c); read when they are asked for
    labels: NDArray[np.int64]  # (n,)


@dataclass(frozen=True)
class Ground:
    """The same for every file of a bundle, so that files can be compared."""

    representative: Part  # of the training split: ranges for static quantization
    calibration: Part  # thresholds
    parity: Indices  # positions in `calibration` that are compared with Keras
    test: Part  # error rates
    probes: Part  # golden images, of the test split
    pairs: tuple[tuple[int, int, bool], ...]  # of the probes
    contract: InputContract  # the pixels that all files take
    sources: tuple[GoldenSource, ...]  # golden images of other sizes, made from the probes
    inputs: NDArray[np.uint8]  # what the preprocessing makes of them, (m, h, w, c)
    source: Source


def lay_ground(data: "LabelledImages", splits: "Splits", *, seed: int) -> Ground:
    """Choose images, before anything is converted.

    Args:
        data: Labelled images.
        splits: Disjoint parts; see `twinlet_train.splits`.
        seed: Of every draw.

    Raises:
        InvalidInputError: The test part is too small for golden pairs.
    """
    calibration = _part(data, _limited(data, splits.calibration, COMPARED_IMAGES, seed))
    test = _part(data, _limited(data, splits.test, COMPARED_IMAGES, seed))
    non_mated = count_non_mated(calibration.labels)
    chosen: Probes = choose_probes(data.labels, splits.test, pairs=GOLDEN_PAIRS, seed=seed)
    probes = _part(data, chosen.indices)
    _, height, width, channels = probes.pixels.shape
    contract = InputContract(height, width, channels, color=COLOURS[channels])
    sources = choose_sources(contract, probes=len(chosen.indices))
    compared = _limited(data, calibration.indices, PARITY_IMAGES, seed)
    return Ground(
        representative=_part(
            data,
            representative(data.labels, splits.train, count=REPRESENTATIVE_IMAGES, seed=seed),
        ),
        calibration=calibration,
        parity=np.searchsorted(calibration.indices, compared),
        test=test,
        probes=probes,
        pairs=chosen.pairs,
        contract=contract,
        sources=sources,
        inputs=make_inputs(sources, probes.pixels[:], contract),
        source=Source(
            protocol=f"{splits.protocol}; thresholds from all {non_mated} non-mated comparisons "
            f"among {len(calibration.labels)} images of the calibration part, error rates from "
            f"all comparisons among {len(test.labels)} images of the test part",
            data_fingerprint=data.fingerprint,
        ),
    )


def _limited(data: "LabelledImages", indices: Indices, count: int, seed: int) -> Indices:
    """Draw from every class, mates together, when there are more images than are compared."""
    return compared(data.labels, indices, count, seed=seed)


def _part(data: "LabelledImages", indices: Indices) -> Part:
    return Part(indices, Selected(data.images, indices), data.labels[indices])
