"""From a run folder to a bundle: convert, prove, pack. Nothing is written until all is proven."""

import time
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from twinlet.bundle import (
    FILE_NAMES,
    BundleContents,
    Golden,
    Manifest,
    OtherSizes,
    check_target,
    write_bundle,
)
from twinlet.errors import ParityError, TwinletError
from twinlet.metrics import Unit
from twinlet_export.aims import Aims, Targets
from twinlet_export.aware.tuner import Tuner
from twinlet_export.aware.tuning import Schedule
from twinlet_export.building import Builder
from twinlet_export.failures import converter_failed
from twinlet_export.ground import Ground, lay_ground
from twinlet_export.limits import Limits, set_by_user
from twinlet_export.mixed.judging import take_samples
from twinlet_export.mixed.selection import STATIC, SearchPlan, Selection
from twinlet_export.model_card import model_card
from twinlet_export.origin import Origin, open_origin
from twinlet_export.provenance import provenance
from twinlet_export.proving import Proven, Reference, prove, reference
from twinlet_export.settings import BUILT, FEW_REPRESENTATIVE, PARITY_LIMITS

COMPRESSIBLE = ("pruned", "clustered")


class Progress(Protocol):
    """Who shows a person how far it is."""

    def __call__(self, line: str, *, done: bool) -> None:
        """Show a line; `done` says that another file is finished, in or left out."""


@dataclass(frozen=True)
class ExportOptions:
    """What to export, where to, and for which error rates."""

    source: Path  # a run folder of `twinlet train`, or a model of the user's own
    out: Path  # the bundle
    files: tuple[str, ...] = BUILT
    fmrs: tuple[float, ...] | None = None  # None: the usual ones, as far as supported
    unit: Unit | None = None  # who the promise is about; None: what the split allows, or images
    point_estimates: bool = False  # thresholds that promise nothing
    extrapolate: bool = False  # thresholds below all that was measured, besides
    data: str | None = None  # where the data is now; None: where it was at training
    pixels: tuple[float, float] | None = None  # own model: what it takes 0 and 255 as
    # By precision: how far a file may be from the twin.
    limits: Limits = field(default_factory=lambda: PARITY_LIMITS)
    # Of the quantization-aware, pruned and clustered files.
    tuning: Schedule = field(default_factory=Schedule)
    # For layers of the static int8 files to keep in float.
    search: SearchPlan = field(default_factory=SearchPlan)


@dataclass(frozen=True)
class Exported:
    """A written bundle."""

    manifest: Manifest
    seconds: float


def export(options: ExportOptions, *, progress: Progress) -> Exported:
    """Make a bundle.

    Args:
        options: What, where to, and for which error rates.
        progress: Told of what is dropped, and of each file when it is finished.

    Raises:
        InvalidInputError: The run, the data or the target path cannot be used.
        CalibrationError: The data does not support a rate that was asked for.
        ParityError: The twin's embeddings are unusable, or no file behaves like the twin.
    """
    started = time.monotonic()
    check_target(options.out)
    origin = open_origin(options.source, options.data, options.pixels, options.unit)
    ground = lay_ground(origin.data, origin.splits, seed=origin.seed)
    aims = Aims(
        options.unit or origin.splits.unit,
        ground.source,
        options.fmrs,
        point_estimates=options.point_estimates,
        extrapolate=options.extrapolate,
        limits=options.limits,
    )
    progress(
        f"the twin in Keras: embedding {len(ground.calibration.labels)} calibration and "
        f"{len(ground.test.labels)} test images",
        done=False,
    )
    _tell_of_few(len(ground.representative.labels), options.files, progress)
    expected, targets = reference(origin.twin, ground, aims)
    for target, reason in targets.refused.items():
        progress(f"no threshold for FMR {target}: {reason}", done=False)
    tuner = None
    if origin.run:
        tuner = Tuner(origin, schedule=options.tuning, show=lambda line: progress(line, done=False))
    builder = Builder(origin.twin, ground.representative.pixels[:], tuner)
    selection = Selection(
        options.search,
        builder,
        lambda: take_samples(
            origin.data,
            origin.splits.validation,
            origin.twin,
            target=targets.default,
            seed=origin.seed,
        ),
        lambda line: progress(line, done=False),
    )
    prover = Prover(builder, selection, ground, aims, targets, expected, origin.bundle_id)
    proven, left_out = _prove_all(options.files, prover, progress)
    if not proven:
        reasons = "\n  ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise ParityError(f"no file is fit for a bundle, so none was written:\n  {reasons}")
    record = provenance(origin, ground)
    record |= {
        "tuning": tuner.facts() if tuner else {},
        "tuning_schedule": asdict(options.tuning),
        "layer_search": asdict(options.search),
        "limits": set_by_user(options.limits),
        "compressed_bytes": _compressed(proven),
    }
    contents = _contents(origin, proven, left_out, ground=ground, targets=targets, record=record)
    manifest = write_bundle(contents, options.out)
    return Exported(manifest, time.monotonic() - started)


@dataclass(frozen=True)
class Prover:
    """All that each file is made of and measured against."""

    builder: Builder
    selection: Selection
    ground: Ground
    aims: Aims
    targets: Targets
    expected: Reference  # Keras
    bundle_id: str

    def prove(self, name: str) -> Proven:
        """Convert the twin into one file, and prove it."""
        try:
            model = self.builder.build(name)
        except TwinletError:  # says already what happened
            raise
        except Exception as error:  # converters raise whatever their C++ side throws
            raise converter_failed(name, error) from error
        selected = self.selection.of(name, model)
        return prove(
            name,
            selected.model,
            ground=self.ground,
            aims=self.aims,
            targets=self.targets,
            twin=self.expected,
            bundle_id=self.bundle_id,
            mixed=selected.facts,
        )


def _tell_of_few(count: int, files: tuple[str, ...], progress: Progress) -> None:
    if count >= FEW_REPRESENTATIVE or STATIC not in {FILE_NAMES[name].precision for name in files}:
        return
    progress(
        f"static int8 files: ranges of activations from {count} images only, which may be too "
        f"narrow for others; {FEW_REPRESENTATIVE} or more are better",
        done=False,
    )


def _prove_all(
    names: tuple[str, ...], prover: Prover, progress: Progress
) -> tuple[dict[str, Proven], dict[str, str]]:
    proven: dict[str, Proven] = {}
    left_out: dict[str, str] = {}
    for name in names:
        # Before, not after: a converter that aborts takes the process with it.
        progress(f"{name}: converting and measuring", done=False)
        try:
            proven[name] = prover.prove(name)
        except TwinletError as error:
            left_out[name] = str(error)
            progress(f"{name}: left out: {error}", done=True)
        else:
            progress(_line(proven[name]), done=True)
    return proven, left_out


def _compressed(proven: Mapping[str, Proven]) -> dict[str, int]:
    """What files with zeros or few values take in a package: bytes after DEFLATE, level 9."""
    return {
        name: len(zlib.compress(file.packed.model, level=9))
        for name, file in proven.items()
        if file.packed.entry.precision in COMPRESSIBLE
    }


def _line(proven: Proven) -> str:
    entry = proven.packed.entry
    point = entry.operating_points[0]
    more = entry.parity["points"][f"{point.target:g}"]["more_misses"]["value"]
    return (
        f"{entry.name}: {len(proven.packed.model) / 1e6:.2f} MB, median cosine to Keras "
        f"{entry.parity['cosine_median']:.5f}, AUC {entry.evaluation['auc']:.4f}, FNMR "
        f"{100 * point.fnmr:.1f} % at FMR {100 * point.target:g} % ({100 * more:+.1f} points "
        f"beyond Keras' where both let as many in)"
    )


def _contents(
    origin: Origin,
    proven: Mapping[str, Proven],
    left_out: Mapping[str, str],
    *,
    ground: Ground,
    targets: Targets,
    record: Mapping[str, Any],
) -> BundleContents:
    entries = [file.packed.entry for file in proven.values()]
    golden = Golden.measure(
        ground.probes.pixels[:],
        [origin.data.class_names[label] for label in ground.probes.labels],
        pairs=ground.pairs,
        templates={name: file.golden for name, file in proven.items()},
        thresholds={name: file.threshold for name, file in proven.items()},
        others=OtherSizes(
            ground.sources,
            ground.inputs,
            {name: file.others for name, file in proven.items()},
        ),
    )
    return BundleContents(
        bundle_id=origin.bundle_id,
        embedding_size=int(origin.twin.output_shape[1]),
        default_fmr=targets.default,
        input=ground.contract,
        files=tuple(file.packed for file in proven.values()),
        golden=golden,
        readme=model_card(entries, record, left_out=left_out, refused=targets.refused),
        left_out=left_out,
        refused=targets.refused,
        provenance=record,
    )
