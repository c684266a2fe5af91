"""`twinlet inspect`: what is in a bundle, with everything verified that can be here."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from twinlet.backends import installed
from twinlet.bundle import Bundle, FileEntry, Manifest
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, percent
from twinlet.verifier import load

PASSED = "passed"


def run(arguments: argparse.Namespace) -> Outcome:
    """Open the bundle, run the self-test of every file whose engine is here, and tell."""
    manifest = Bundle.open(arguments.bundle).manifest
    engines = installed()
    files = {}
    for name, entry in manifest.files.items():
        if entry.engine in engines:
            load(arguments.bundle, file=name)
            self_test = PASSED
        else:
            self_test = f"skipped: {entry.engine} is not installed"
        files[name] = _describe(entry, self_test)
    payload = {
        "bundle_id": manifest.bundle_id,
        "schema": manifest.schema,
        "embedding_size": manifest.embedding_size,
        "input": asdict(manifest.input),
        "files": files,
        # A signed bundle is refused by this version's reader, so what is read here is unsigned.
        "signed": False,
        # Digests and structure; a bundle in which any of them is wrong does not open.
        "verified": True,
        "default_fmr": manifest.default_fmr,
        "left_out": dict(manifest.left_out),
        "refused": dict(manifest.refused),
    }
    return Outcome(payload, _page(arguments.bundle, manifest, files))


def _describe(entry: FileEntry, self_test: str) -> dict[str, Any]:
    return {
        "format": entry.format,
        "precision": entry.precision,
        "engine": entry.engine,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        "auc": entry.evaluation.get("auc"),
        "eer": entry.evaluation.get("eer"),
        # As `evaluate --json` says it: these rates are of what the thresholds were fitted on.
        "in_sample": bool(entry.recalibrated),
        "calibration": {
            "lowest_fmr": entry.calibration.lowest,
            "method": entry.calibration.method,
            "unit": entry.calibration.unit,
            "promised": entry.calibration.promised,
            "confidence": entry.calibration.confidence,
            "comparisons": entry.calibration.comparisons,
            "identities": entry.calibration.identities,
        },
        "operating_points": [asdict(point) for point in entry.operating_points],
        "compact": {
            pairing: {
                "operating_points": [asdict(point) for point in part.operating_points],
                "more_misses": list(part.more_misses),
            }
            for pairing, part in entry.compact.items()
        },
        "likelihood": {
            pairing: {"cllr": part.cllr, "cllr_min": part.cllr_min}
            for pairing, part in entry.likelihood.items()
        },
        "self_test": self_test,
    }


def _page(path: str, manifest: Manifest, files: Mapping[str, Mapping[str, Any]]) -> str:
    taken = manifest.input
    lines = [
        f"{path}: verified, not signed",
        f"  bundle id  {manifest.bundle_id}",
        f"  created    {manifest.created}",
        f"  input      {taken.height} x {taken.width} {taken.color}, {taken.dtype}",
        f"  embedding  {manifest.embedding_size} numbers",
        f"  default    FMR {percent(manifest.default_fmr)}",
    ]
    for name, entry in manifest.files.items():
        lines += ["", f"{name}: {entry.bytes:,} bytes, {entry.engine}"]
        lines.append(f"  self-test  {files[name]['self_test']}")
        lines.append(f"  thresholds {_thresholds(entry)}")
        if entry.recalibrated:
            lines.append(f"  error rates {entry.recalibrated}:")
        lines += [
            f"  FMR {percent(point.target)}: threshold {percent(point.threshold)}, "
            f"FNMR {percent(point.fnmr)} "
            f"({percent(point.fnmr_interval[0])} to {percent(point.fnmr_interval[1])})"
            for point in entry.operating_points
        ]
        lines += [
            f"  {pairing} templates: FNMR "
            + ", ".join(
                f"{percent(point.fnmr)} at FMR {percent(point.target)}"
                for point in part.operating_points
            )
            for pairing, part in entry.compact.items()
            if part.operating_points
        ]
        lines += [
            f"  {pairing} log-likelihood ratios: Cllr {part.cllr:.3f} bits on the test split, "
            f"{part.cllr_min:.3f} at best"
            for pairing, part in entry.likelihood.items()
        ]
        if not entry.operating_points:
            lines.append("  FNMR not measured: no identity had two templates to compare")
    lines += _reasons("left out", manifest.left_out)
    lines += _reasons("no operating point at FMR", manifest.refused)
    return "\n".join(lines)


def _thresholds(entry: FileEntry) -> str:
    calibration = entry.calibration
    return (
        f"FMR {percent(calibration.lowest)} and above, from {calibration.comparisons:,} non-mated "
        f"comparisons of {calibration.identities} identities; {calibration.method}"
        + (f"; at {calibration.confidence:.0%} confidence" if calibration.promised else "")
    )


def _reasons(heading: str, reasons: Mapping[str, str]) -> list[str]:
    if not reasons:
        return []
    return ["", *(f"{heading} {name}: {reason}" for name, reason in reasons.items())]


COMMAND = Command(
    name="inspect",
    help="Show what is in a bundle after verifying every byte and running its self-tests.",
    add_arguments=add_bundle,
    run=run,
)
