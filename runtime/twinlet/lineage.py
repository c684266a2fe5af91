"""A bundle with thresholds of other data: its contents, and where they come from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twinlet.bundle import Bundle, BundleContents, Manifest, contents_of
from twinlet.bundle.writer import now
from twinlet.calibrating import Source
from twinlet.errors import CalibrationError
from twinlet.recalibrating import IN_SAMPLE, Recalibrated, Terms


def recalibrated_contents(
    bundle: Bundle,
    files: Mapping[str, Recalibrated],
    *,
    default_fmr: float,
    record: Mapping[str, Any],
) -> BundleContents:
    """Put recalibrated files into a bundle's contents; files that are not named stay as they are.

    Args:
        bundle: The shipped one.
        files: By name.
        default_fmr: Supported by every file.
        record: What was done, JSON types: appended to `provenance["recalibrations"]`.

    Raises:
        CalibrationError: A file does not support the default.
    """
    shipped = contents_of(bundle)
    entries = {**bundle.manifest.files, **{name: made.entry for name, made in files.items()}}
    thresholds = {}
    for name, entry in entries.items():
        try:
            thresholds[name] = entry.calibration.point_for(default_fmr).threshold
        except CalibrationError as error:
            raise CalibrationError(f"{name}: {error}") from error
    past = shipped.provenance.get("recalibrations", [])
    steps = [*(past if isinstance(past, list) else [past]), record]
    return replace(
        shipped,
        default_fmr=default_fmr,
        files=tuple(replace(file, entry=entries[file.entry.name]) for file in shipped.files),
        golden=shipped.golden.decided(thresholds),
        readme=f"{_preface(record, files)}\n\n{shipped.readme}",
        refused=_still_refused(shipped.refused, files) | record["refused"],
        provenance={**shipped.provenance, "recalibrations": steps},
        created=record["date"],
    )


def record_of(
    manifest: Manifest,
    files: Mapping[str, Recalibrated],
    *,
    terms: Terms,
    source: Source,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Say what a recalibration did, for the manifest: where it comes from and what moved.

    Args:
        manifest: Of the shipped bundle.
        files: What was calibrated, by name.
        terms: As asked for.
        source: Of the comparisons.
        facts: More to record, JSON types.
    """
    some = next(iter(files.values())).entry.calibration
    lowered = {
        name: {f"{move.target:g}": move.to_json() for move in made.moves if move.lowered}
        for name, made in files.items()
    }
    return {
        "date": now(),
        "shipped_manifest_sha256": manifest.manifest_sha256,
        "shipped_created": manifest.created,
        "files": list(files),
        "kept_as_shipped": [name for name in manifest.files if name not in files],
        "protocol": source.protocol,
        "data_fingerprint": source.data_fingerprint,
        "method": some.method,
        "unit": terms.unit,
        "promised": not terms.point_estimates,
        "confidence": terms.confidence,
        "comparisons": some.comparisons,
        "identities": some.identities,
        "images": some.images,
        "fnmr": IN_SAMPLE if _has_points(files) else "unknown: no identity has two templates",
        "lower_allowed": terms.allow_lower,
        "lowered": {name: moves for name, moves in lowered.items() if moves},
        "refused": _refused(files, terms),
        **facts,
    }


def _has_points(files: Mapping[str, Recalibrated]) -> bool:
    return all(made.entry.operating_points for made in files.values())


def _still_refused(shipped: Mapping[str, str], files: Mapping[str, Recalibrated]) -> dict[str, str]:
    held = {f"{move.target:g}" for made in files.values() for move in made.moves}
    return {target: reason for target, reason in shipped.items() if target not in held}


def _refused(files: Mapping[str, Recalibrated], terms: Terms) -> dict[str, str]:
    """Rates hoped for that some file does not hold: the first reason."""
    refused: dict[str, str] = {}
    for target in terms.hoped:
        for made in files.values():
            try:
                made.entry.calibration.point_for(target)
            except CalibrationError as error:
                refused.setdefault(f"{target:g}", str(error))
    return refused


def _preface(record: Mapping[str, Any], files: Mapping[str, Recalibrated]) -> str:
    promise = "" if record["promised"] else " They are point estimates and promise nothing."
    kept = record["kept_as_shipped"]
    return (
        f"> Calibrated anew on {record['date']}: {record['protocol']}. The thresholds of "
        f"{', '.join(record['files'])} are from there.{promise} {_lowering(record, files)}"
        + (f" As shipped: {', '.join(kept)}." if kept else "")
        + " What follows is the card of the bundle as it was shipped."
    )


def _lowering(record: Mapping[str, Any], files: Mapping[str, Recalibrated]) -> str:
    """Say whether thresholds fell, and no more than is known: moves are those of some rates."""
    if record["lowered"]:
        return "Some thresholds are lower than the shipped ones, which was asked for."
    if not record["lower_allowed"]:  # each was raised to the shipped one: see `floors`
        return "No threshold is lower than the shipped one at the same rate."
    rates = dict.fromkeys(f"{move.target:g}" for made in files.values() for move in made.moves)
    return (
        f"Thresholds lower than the shipped ones were allowed: at FMR {', '.join(rates)} none of "
        f"float32 templates is lower; at other rates, and of int8 templates, some may be."
    )
