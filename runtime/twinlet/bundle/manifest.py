"""The manifest: everything a bundle says of itself, as frozen dataclasses.

The JSON form has the same keys as the fields here; `twinlet.bundle.encoding` turns one into
the other. `runtime/BUNDLE.md` is the specification for other readers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twinlet.calibration import Calibration
from twinlet.contract import InputContract, TensorSpec
from twinlet.encodings import Pairing
from twinlet.errors import CalibrationError
from twinlet.likelihood import Likelihood

SCHEMA = 1
MANIFEST_PATH = "manifest.json"
README_PATH = "README.md"
SIGNATURE_PATH = "signature.json"

# Pixels of one source; loading makes and resizes each, in tens of milliseconds.
MAX_SOURCE_PIXELS = 1 << 20


@dataclass(frozen=True)
class OperatingPoint:
    """What one file does at one target False Match Rate."""

    target: float  # the FMR asked for, in (0, 1)
    threshold: float  # angular similarity; match when similarity >= threshold
    fmr: float  # measured on the calibration split
    fmr_upper: float | None  # upper bound of `fmr`, at most `target`; None: a point estimate
    fnmr: float  # measured on the test split
    fnmr_interval: tuple[float, float]  # 95 %


@dataclass(frozen=True)
class CompactEntry:
    """What one file's decisions are worth when int8 templates take part in them."""

    calibration: Calibration  # the file's own, `with_thresholds` for these comparisons
    operating_points: tuple[OperatingPoint, ...]  # for the targets of the file's own
    more_misses: tuple[float, ...]  # FNMR above that of float32 templates, one a point


@dataclass(frozen=True)
class FileEntry:
    """One model file: how to run it, and what its decisions are worth."""

    name: str  # one of `FILE_NAMES`
    format: str  # "tflite" or "onnx"
    precision: str
    engine: str  # "litert" or "onnxruntime"
    path: str  # entry of the bundle
    bytes: int
    sha256: str
    input: TensorSpec
    output: TensorSpec
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]
    parity: Mapping[str, Any]  # against Keras; keys are the export stage's
    evaluation: Mapping[str, Any]  # `Evaluation.to_json()` on the test split
    curves: Mapping[str, Any]  # `Evaluation.curves_json()` on the test split
    golden_min_cosine: float  # the self-test's limit for this file, in (0, 1]
    # Of static int8: the search for layers to keep in float; empty where there was none.
    mixed: Mapping[str, Any] = field(default_factory=dict)
    # Of int8 templates; empty in bundles of before there were any.
    compact: Mapping[Pairing, CompactEntry] = field(default_factory=dict)
    # Of every pairing; empty in bundles of before there were log-likelihood ratios.
    likelihood: Mapping[Pairing, Likelihood] = field(default_factory=dict)

    @property
    def recalibrated(self) -> str:
        """Of a file calibrated anew: on which comparisons its error rates are; otherwise empty.

        They are those that the thresholds were fitted on, so they test nothing.
        """
        return str(self.evaluation.get("protocol", ""))

    def calibration_for(self, pairing: Pairing) -> Calibration:
        """Find the calibration for comparisons of two encodings.

        Raises:
            CalibrationError: The bundle has none for int8 templates.
        """
        if pairing is Pairing.FLOAT32:
            return self.calibration
        if pairing not in self.compact:
            raise CalibrationError(
                f"the bundle holds no thresholds of {self.name} for int8 templates "
                f"({pairing}), so it was made by an older twinlet; export it again, or keep "
                f"templates as float32"
            )
        return self.compact[pairing].calibration

    def likelihood_for(self, pairing: Pairing) -> Likelihood:
        """Find the log-likelihood ratios of comparisons of two encodings.

        Raises:
            CalibrationError: The bundle has none.
        """
        if pairing not in self.likelihood:
            raise CalibrationError(
                f"the bundle holds no log-likelihood ratios of {self.name}: it was calibrated anew "
                f"or made by an older twinlet, and a similarity is no probability; take the bundle "
                f"as exported, export it again, or decide by the threshold alone"
            )
        return self.likelihood[pairing]


@dataclass(frozen=True)
class Source:
    """An image of another size than the model's, made from a golden probe by a fixed rule."""

    probe: int  # which
    height: int  # pixels
    width: int  # pixels; at most `MAX_SOURCE_PIXELS` in all
    channels: int  # 1 grey, 3 RGB, 4 RGB with opacity


@dataclass(frozen=True)
class GoldenIndex:
    """The part of the golden data that is text; the arrays are entries of their own."""

    probes: int  # how many images
    labels: tuple[str, ...]  # one a probe
    pairs: tuple[tuple[int, int, bool], ...]  # (probe, probe, mated)
    similarities: Mapping[str, tuple[float, ...]]  # file -> one a pair
    decisions: Mapping[str, tuple[bool, ...]]  # file -> one a pair, at the default FMR
    sources: tuple[Source, ...] = ()  # none in bundles of vectors and in older ones


@dataclass(frozen=True)
class Entry:
    """Size and digest of one entry of the bundle."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A bundle's manifest. `entries` lists all but the manifest and the signature."""

    bundle_id: str  # sha256 of the twin the files were made from
    created: str  # ISO 8601, UTC
    embedding_size: int
    default_fmr: float
    input: InputContract
    files: Mapping[str, FileEntry]
    left_out: Mapping[str, str]  # file -> why it is not in the bundle
    refused: Mapping[str, str]  # target FMR -> why there is no operating point for it
    golden: GoldenIndex
    entries: Mapping[str, Entry]
    provenance: Mapping[str, Any]  # data, split, seed, versions, configuration
    schema: int = SCHEMA
    manifest_sha256: str = ""  # over the manifest's own bytes; empty until encoded
