"""`twinlet export`: from a run folder to a bundle of calibrated files."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import finite, fmr, minutes, minutes_or_none, percent
from twinlet.metrics.clusters import UNITS
from twinlet_export.aware.tuning import Schedule
from twinlet_export.building import chosen_files
from twinlet_export.limits import RANGES, read_limits
from twinlet_export.mixed.selection import SearchPlan
from twinlet_export.origin import is_own_model
from twinlet_export.settings import BUILT, DEFAULT_FMRS, PARITY_LIMITS
from twinlet_train.quiet import start_keras

if TYPE_CHECKING:
    from twinlet.bundle import FileEntry, Manifest
    from twinlet_export.packing import Exported, ExportOptions

ALL_IN = 0
SOME_LEFT_OUT = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    usual = " ".join(f"{rate:g}" for rate in DEFAULT_FMRS)
    parser.add_argument(
        "run",
        metavar="RUN",
        type=Path,
        help="a run folder of `twinlet train`; or an embedding model of your own (.keras, .h5 or a "
        "SavedModel folder), with --data",
    )
    parser.add_argument(
        "--out", metavar="NAME.twin", type=Path, required=True, help="the bundle to write"
    )
    parser.add_argument(
        "--files",
        metavar="LIST",
        default="all",
        help=f"which files, with commas between, or all: {','.join(BUILT)}; a model of your own "
        "has no int8-qat, pruned and clustered ones, which are tuned with the loss of a run",
    )
    parser.add_argument(
        "--fmr",
        metavar="F",
        type=fmr,
        nargs="+",
        help="False Match Rates to hold, the first is the bundle's default; refused when the "
        f"data does not support one (when not given: {usual}, as far as supported)",
    )
    parser.add_argument(
        "--unit",
        choices=UNITS,
        help="who the promised FMR holds for: other images of the identities in the data, or "
        "other identities (at least 10 are needed to calibrate); by default images for a closed "
        "set and for a model of your own, identities for an open one. The data of a model of your "
        "own is parted accordingly: image takes 8 images of each identity; identity takes 17 "
        "identities, of which 2 images will do",
    )
    parser.add_argument(
        "--point-estimates",
        action="store_true",
        help="thresholds at which the measured FMR is at most the target, without a bound: for "
        "data that supports no promise; the bundle says so wherever a threshold is shown",
    )
    parser.add_argument(
        "--extrapolate",
        action="store_true",
        help="add thresholds for FMRs below all that was measured, from a fitted tail; used only "
        "by those who ask for them, and marked",
    )
    parser.add_argument(
        "--data",
        metavar="SPEC",
        help="where the training data is now, if it has moved; for a model of your own, labelled "
        "images that it was not trained on",
    )
    parser.add_argument(
        "--pixels",
        metavar=("LOW", "HIGH"),
        nargs=2,
        type=finite,
        help="for a model of your own that takes floats: what it takes 0 and 255 as, such as -1 1",
    )
    parser.add_argument(
        "--limits",
        metavar="FILE.toml",
        type=Path,
        help="how far files may be from the twin, where others than the usual limits are wanted: "
        "a table for each precision, such as [int8], with any of "
        f"{', '.join(RANGES)}, and a reason, which is required",
    )
    parser.add_argument(
        "--tune-minutes",
        metavar="M",
        type=minutes,
        default=Schedule.minutes,
        help="longest fine-tuning of each of int8-qat, pruned and clustered; less where "
        f"{Schedule.steps} steps take less (default: %(default)s)",
    )
    parser.add_argument(
        "--search-minutes",
        metavar="M",
        type=minutes_or_none,
        default=SearchPlan.minutes,
        help="longest search for layers to keep in float, for each of litert-int8 and onnx-int8 "
        "that misses more than the twin; 0: none (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> Outcome:
    """Export; exit code 1 when a file was left out because it is not like the twin."""
    from twinlet.bundle import check_target
    from twinlet_export.packing import ExportOptions

    options = ExportOptions(
        source=arguments.run,
        out=arguments.out,
        files=chosen_files(arguments.files, tuned=not is_own_model(arguments.run)),
        fmrs=tuple(arguments.fmr) if arguments.fmr else None,
        unit=arguments.unit,
        point_estimates=arguments.point_estimates,
        extrapolate=arguments.extrapolate,
        data=arguments.data,
        pixels=tuple(arguments.pixels) if arguments.pixels else None,
        limits=read_limits(arguments.limits) if arguments.limits else PARITY_LIMITS,
        tuning=Schedule(minutes=arguments.tune_minutes),
        search=SearchPlan(minutes=arguments.search_minutes),
    )
    check_target(options.out)  # what can be said at once is said before Keras starts
    start_keras()
    exported = export_with_progress(options)
    manifest = exported.manifest
    return Outcome(
        payload=payload(arguments.out, exported),
        text=page(arguments.out, manifest, exported.seconds),
        exit_code=SOME_LEFT_OUT if manifest.left_out else ALL_IN,
    )


def export_with_progress(options: "ExportOptions") -> "Exported":
    """Export with a line for each file on standard error, above a bar."""
    from tqdm import tqdm

    from twinlet_export.packing import export

    with tqdm(total=len(options.files), unit="file", file=sys.stderr, leave=False) as bar:

        def show(line: str, *, done: bool) -> None:
            bar.write(line, file=sys.stderr)
            bar.update(int(done))

        return export(options, progress=show)


def payload(out: Path, exported: "Exported") -> dict[str, Any]:
    """What `--json` prints."""
    manifest = exported.manifest
    return {
        "bundle": str(out),
        "bundle_id": manifest.bundle_id,
        "default_fmr": manifest.default_fmr,
        "files": {name: _describe(entry, manifest) for name, entry in manifest.files.items()},
        "tuning": manifest.provenance["tuning"],
        "left_out": dict(manifest.left_out),
        "refused": dict(manifest.refused),
        "seconds": round(exported.seconds, 1),
    }


def page(out: Path, manifest: "Manifest", seconds: float) -> str:
    """What a person reads."""
    lines = [f"{out}: {len(manifest.files)} files in {seconds:.0f} s", ""]
    width = max(len(name) for name in manifest.files)
    for name, entry in manifest.files.items():
        point = entry.operating_points[0]
        lines.append(
            f"  {name:<{width}}  {entry.bytes / 1e6:6.2f} MB  AUC {entry.evaluation['auc']:.4f}"
            f"  EER {percent(entry.evaluation['eer'])}  FNMR {percent(point.fnmr)} at FMR "
            f"{percent(point.target)}" + _compressed(name, manifest)
        )
    for name, entry in manifest.files.items():
        if entry.mixed:
            lines += ["", f"{name}: {entry.mixed['summary']}"]
    for name, reason in manifest.left_out.items():
        lines += ["", f"left out: {name}: {reason}"]
    for target, reason in manifest.refused.items():
        lines += ["", f"no threshold for FMR {target}: {reason}"]
    lines += ["", f"next: twinlet report {out} --out report.html"]
    return "\n".join(lines)


def _compressed(name: str, manifest: "Manifest") -> str:
    size = manifest.provenance["compressed_bytes"].get(name)
    return f", {size / 1e6:.2f} MB compressed" if size else ""


def _describe(entry: "FileEntry", manifest: "Manifest") -> dict[str, Any]:
    calibration = entry.calibration
    described = {
        "bytes": entry.bytes,
        "parity": dict(entry.parity),
        **entry.evaluation,
        "promised": calibration.promised,
        "unit": calibration.unit,
        "confidence": calibration.confidence,
    }
    if entry.name in (compressed := manifest.provenance["compressed_bytes"]):
        described["compressed_bytes"] = compressed[entry.name]
    if entry.mixed:
        described["mixed"] = {key: entry.mixed[key] for key in entry.mixed if key != "tries"}
    return described


COMMAND = Command(
    name="export",
    help="Turn a run folder into a bundle: TFLite and ONNX files, each compared with the twin, "
    "calibrated and measured. Exit code 0 all in, 1 a file was left out, 2 trouble.",
    add_arguments=add_arguments,
    run=run,
)
