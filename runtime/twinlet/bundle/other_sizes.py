"""Golden images of other sizes and colours than the model's, and what must become of them.

They are made from the golden probes by a rule in whole numbers, so a bundle need not hold them,
only the pixels that the preprocessing must make of them, and each file's templates of those.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import Engine
from twinlet.bundle.manifest import Manifest, Source
from twinlet.contract import InputContract
from twinlet.errors import BundleError
from twinlet.images import read_image
from twinlet.preprocessing import to_input
from twinlet.scores import cosine
from twinlet.templates import normalise

INPUTS_PATH = "golden/inputs.bin"


@dataclass(frozen=True, eq=False)
class OtherSizes:
    """Sources and what must become of them; empty where the model takes one size only."""

    sources: tuple[Source, ...] = ()
    inputs: NDArray[np.uint8] = field(
        default_factory=lambda: np.zeros((0, 1, 1, 1), np.uint8)
    )  # (m, h, w, c), of the model's size: one a source
    templates: Mapping[str, NDArray[np.float32]] = field(
        default_factory=dict
    )  # file -> (m, d), unit

    def to_entries(self) -> dict[str, bytes]:
        """The part that entries of the bundle hold."""
        if not self.sources:
            return {}
        arrays = {INPUTS_PATH: np.ascontiguousarray(self.inputs).tobytes()}
        for name, rows in self.templates.items():
            arrays[input_templates_path(name)] = rows.astype("<f4").tobytes()
        return arrays

    @classmethod
    def from_entries(cls, manifest: Manifest, read: Callable[[str], bytes]) -> "OtherSizes":
        """Put both parts together; `read` gives an entry's bytes by its path."""
        sources, size = manifest.golden.sources, manifest.input
        if not sources:
            return cls()
        shape = (len(sources), size.height, size.width, size.channels)
        embeddings = (len(sources), manifest.embedding_size)
        return cls(
            sources,
            np.frombuffer(read(INPUTS_PATH), dtype=np.uint8).reshape(shape),
            {
                name: np.frombuffer(read(input_templates_path(name)), "<f4").reshape(embeddings)
                for name in manifest.files
            },
        )


NO_OTHER_SIZES = OtherSizes()


def input_templates_path(name: str) -> str:
    """Name the entry with one file's templates of the sources."""
    return f"golden/{name}.inputs.templates.bin"


def make_source(source: Source, probes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make a source image: a probe, its pixels repeated or left out, with a small texture.

    Row y and column x of channel k take the probe's `(y * H // h, x * W // w, k % C)` plus
    `(5 x + 3 y + 7 k) % 33 - 16`, cut to 0 to 255. A fourth channel, the opacity, is
    `min(255, 1024 (x + y) // (h + w))`: from transparent in the first corner to opaque.

    Args:
        source: What to make.
        probes: Uint8 (n, H, W, C).

    Returns:
        Uint8 (h, w) grey, (h, w, 3) RGB or (h, w, 4) RGB with opacity.
    """
    probe, h, w = probes[source.probe], source.height, source.width
    y, x = np.arange(h), np.arange(w)
    # The texture of a row depends on (3 y + 7 k) % 33 alone, so there are 33 different ones.
    textures = ((5 * x + np.arange(33)[:, np.newaxis]) % 33 - 16).astype(np.int16)
    image = np.empty((h, w, source.channels), dtype=np.uint8)
    for k in range(min(source.channels, 3)):
        plane = probe[:, :, k % probe.shape[2]]
        wider = plane[:, x * plane.shape[1] // w].astype(np.int16)
        values = wider[y * len(plane) // h]
        values += textures[(3 * y + 7 * k) % 33]
        image[:, :, k] = values.clip(0, 255, out=values)
    if source.channels == 4:
        opacity = np.minimum(255, 1024 * np.arange(h + w) // (h + w)).astype(np.uint8)
        image[:, :, 3] = opacity[y[:, np.newaxis] + x]
    return image[:, :, 0] if source.channels == 1 else image


def make_inputs(
    sources: Sequence[Source], probes: NDArray[np.uint8], contract: InputContract
) -> NDArray[np.uint8]:
    """Make the sources and bring them to the pixels of the model, as any image.

    Returns:
        Uint8 (m, h, w, c) as the contract says.
    """
    made = np.empty(
        (len(sources), contract.height, contract.width, contract.channels), dtype=np.uint8
    )
    for row, source in enumerate(sources):
        made[row] = to_input(read_image(make_source(source, probes)), contract)
    return made


def check_sizes(
    engine: Engine,
    expected: OtherSizes,
    file: str,
    *,
    made: NDArray[np.uint8],
    min_cosine: float,
) -> float:
    """Check that preprocessing and engine make of the sources what they made at export.

    Args:
        engine: The file, opened.
        expected: Of the bundle.
        file: Which of its files this is.
        made: What the preprocessing made of the sources here, (m, h, w, c); see `make_inputs`.
        min_cosine: The lowest cosine allowed between a template and the expected one.

    Returns:
        The lowest cosine found; 1 where there are no sources.

    Raises:
        BundleError: A pixel is another, or a template is farther away.
    """
    if not expected.sources:
        return 1.0
    found = cosine(normalise(engine.embed(made)), expected.templates[file])
    off = np.abs(made.astype(np.int16) - expected.inputs)
    changed = np.flatnonzero(off.any(axis=(1, 2, 3)))
    if changed.size:
        row = int(changed[0])
        raise BundleError(
            f"the golden self-test of {file} failed: the preprocessing made other pixels of "
            f"{_named(expected, row)}: {np.count_nonzero(off[row])} of {off[row].size} numbers "
            f"differ, the largest by {int(off[row].max())}, none may; its template has cosine "
            f"{found[row]:.6f} to the expected one; the bundle or this installation of twinlet "
            f"and numpy is at fault: try another version, and report it"
        )
    worst = int(found.argmin())
    if not found[worst] >= min_cosine:
        raise BundleError(
            f"the golden self-test of {file} failed: {_named(expected, worst)} gave a template "
            f"of cosine {found[worst]:.6f} to the expected one, at least {min_cosine:g} is "
            f"required; this device or engine version computes the file wrongly: try another file"
        )
    return float(found[worst])


def _named(expected: OtherSizes, row: int) -> str:
    source, (height, width, channels) = expected.sources[row], expected.inputs.shape[1:]
    return (
        f"source {row} ({source.height} x {source.width} x {source.channels}, for an input of "
        f"{height} x {width} x {channels})"
    )
