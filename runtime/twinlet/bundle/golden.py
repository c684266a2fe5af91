"""Golden data: probe images with what every file must make of them.

A loader embeds the probes once and refuses an engine or a device that does not reproduce
them. Arrays are entries of raw little-endian numbers; the rest is in the manifest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import Engine
from twinlet.bundle.manifest import GoldenIndex, Manifest
from twinlet.bundle.other_sizes import NO_OTHER_SIZES, OtherSizes, check_sizes, make_inputs
from twinlet.contract import InputContract
from twinlet.errors import BundleError
from twinlet.scores import cosine, is_match, similarity
from twinlet.templates import normalise

PROBES_PATH = "golden/probes.bin"

# Angular similarity. A golden pair nearer to the threshold than this may fall on either side:
# rounding differs between processors. Half a percent is 0.9 degrees.
DECISION_MARGIN = 0.005

Pair = tuple[int, int, bool]  # probe, probe, mated


@dataclass(frozen=True)
class Golden:
    """Probe images and, for every file, the expected templates, similarities and decisions."""

    probes: NDArray[np.uint8]  # (n, h, w, c), of the model's size
    labels: tuple[str, ...]  # one a probe
    pairs: tuple[Pair, ...]
    templates: Mapping[str, NDArray[np.float32]]  # file -> (n, d), unit
    similarities: Mapping[str, tuple[float, ...]]  # file -> one a pair, angular
    decisions: Mapping[str, tuple[bool, ...]]  # file -> one a pair, at the default FMR
    others: OtherSizes = NO_OTHER_SIZES  # images of other sizes

    @classmethod
    def measure(
        cls,
        probes: NDArray[np.uint8],
        labels: Sequence[str],
        *,
        pairs: Sequence[Pair],
        templates: Mapping[str, NDArray[np.float32]],
        thresholds: Mapping[str, float],
        others: OtherSizes = NO_OTHER_SIZES,
    ) -> "Golden":
        """Compare the pairs with every file's templates, at every file's threshold."""
        similarities = {name: _compare(rows, pairs) for name, rows in templates.items()}
        return cls(
            probes=probes,
            labels=tuple(labels),
            pairs=tuple(pairs),
            templates=templates,
            similarities={name: tuple(row.tolist()) for name, row in similarities.items()},
            decisions={
                name: tuple(is_match(row, thresholds[name]).tolist())
                for name, row in similarities.items()
            },
            others=others,
        )

    def decided(self, thresholds: Mapping[str, float]) -> "Golden":
        """The same with decisions at other thresholds, one for every file."""
        decisions = {
            name: tuple(is_match(row, thresholds[name]).tolist())
            for name, row in self.similarities.items()
        }
        return replace(self, decisions=decisions)

    def index(self) -> GoldenIndex:
        """The part that the manifest holds."""
        return GoldenIndex(
            len(self.probes),
            self.labels,
            self.pairs,
            self.similarities,
            self.decisions,
            self.others.sources,
        )

    def to_entries(self) -> dict[str, bytes]:
        """The part that entries of the bundle hold."""
        arrays = {PROBES_PATH: np.ascontiguousarray(self.probes).tobytes()}
        for name, rows in self.templates.items():
            arrays[templates_path(name)] = rows.astype("<f4").tobytes()
        return arrays | self.others.to_entries()

    @classmethod
    def from_entries(cls, manifest: Manifest, read: Callable[[str], bytes]) -> "Golden":
        """Put both parts together; `read` gives an entry's bytes by its path."""
        index, size = manifest.golden, manifest.input
        shape = (index.probes, size.height, size.width, size.channels)
        embeddings = (index.probes, manifest.embedding_size)
        return cls(
            probes=np.frombuffer(read(PROBES_PATH), dtype=np.uint8).reshape(shape),
            labels=index.labels,
            pairs=index.pairs,
            templates={
                name: np.frombuffer(read(templates_path(name)), dtype="<f4").reshape(embeddings)
                for name in manifest.files
            },
            similarities=index.similarities,
            decisions=index.decisions,
            others=OtherSizes.from_entries(manifest, read),
        )


def templates_path(name: str) -> str:
    """Name the entry with one file's golden templates."""
    return f"golden/{name}.templates.bin"


def self_test(
    engine: Engine,
    golden: Golden,
    file: str,
    *,
    contract: InputContract,
    min_cosine: float,
    threshold: float,
) -> float:
    """Check that an opened file makes of the golden images what it made at export.

    The probes have the model's size; those of other sizes go through the preprocessing, whose
    pixels must be the expected ones to the last bit.

    Args:
        engine: The file, opened.
        golden: The bundle's golden data.
        file: Which of its files this is.
        contract: What the model takes.
        min_cosine: The lowest cosine allowed between a template and the expected one.
        threshold: The file's threshold at the bundle's default FMR.

    Returns:
        The lowest cosine found.

    Raises:
        BundleError: A template, a decision or a pixel is not the expected one.
    """
    found = normalise(engine.embed(golden.probes))
    cosines = cosine(found, golden.templates[file])
    worst = float(cosines.min())
    if not worst >= min_cosine:
        raise BundleError(
            f"the golden self-test of {file} failed: probe {int(cosines.argmin())} gave a template "
            f"of cosine {worst:.6f} to the expected one, at least {min_cosine:g} is required; "
            f"this device or engine version computes the file wrongly: try another file"
        )
    similarities = _compare(found, golden.pairs)
    near = np.abs(similarities - threshold) < DECISION_MARGIN
    agree = is_match(similarities, threshold) == np.array(golden.decisions[file], dtype=np.bool_)
    if not (agree | near).all():
        pair = int(np.flatnonzero(~(agree | near))[0])
        raise BundleError(
            f"the golden self-test of {file} failed: pair {pair} has similarity "
            f"{similarities[pair]:.4f}, expected {golden.similarities[file][pair]:.4f}, which is "
            f"the other decision at threshold {threshold:.4f} (lowest cosine {worst:.6f}); "
            f"this device or engine version computes the file wrongly: try another file"
        )
    made = make_inputs(golden.others.sources, golden.probes, contract)
    return min(worst, check_sizes(engine, golden.others, file, made=made, min_cosine=min_cosine))


def _compare(templates: NDArray[np.float32], pairs: Sequence[Pair]) -> NDArray[np.float64]:
    first = [pair[0] for pair in pairs]
    second = [pair[1] for pair in pairs]
    return similarity(templates[first], templates[second])
