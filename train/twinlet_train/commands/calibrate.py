"""`twinlet calibrate`: a bundle with thresholds for the user's own data, or from a gallery."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import fmr, percent
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics.clustered import check_confidence
from twinlet.metrics.clusters import UNITS
from twinlet_train.data.spec import DATA_HELP

if TYPE_CHECKING:
    from twinlet.bundle import Manifest
    from twinlet.judging import Judgement
    from twinlet.metrics import Unit
    from twinlet.recalibrating import Recalibrated, Terms


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="NAME.twin", type=Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", metavar="SPEC", help=DATA_HELP)
    source.add_argument(
        "--gallery",
        metavar="G",
        type=Path,
        help="compare the enrolled templates of different identities; only the file that the "
        "gallery is made with is calibrated, the others stay as shipped",
    )
    parser.add_argument(
        "--out", metavar="NEW.twin", required=True, type=Path, help="the bundle to write"
    )
    parser.add_argument(
        "--fmr",
        metavar="F",
        type=fmr,
        nargs="+",
        help="False Match Rates to hold, the first is the new bundle's default. When not given: "
        "the bundle's own default, and its other operating points as far as supported",
    )
    parser.add_argument(
        "--file", metavar="F", help="a file of the bundle, or all; by default all, of a gallery its"
    )
    parser.add_argument(
        "--unit",
        choices=UNITS,
        help="who the promised FMR holds for: other identities than these (identity, at least 10 "
        "are needed), or other images of these very ones (image); identity when not given, but "
        "image where the bundle was trained on these identities",
    )
    parser.add_argument(
        "--confidence",
        metavar="C",
        type=_confidence,
        default=0.95,
        help="of each promise, above 0.5 and below 1 (0.95)",
    )
    parser.add_argument(
        "--allow-lower",
        action="store_true",
        help="let thresholds fall below the shipped ones at the same rate: more is let through",
    )
    parser.add_argument(
        "--point-estimates",
        action="store_true",
        help="thresholds at which the measured FMR is at most the target, without a bound: nothing "
        "is promised, and the bundle says so",
    )


def _confidence(text: str) -> float:
    """Parse a one-sided confidence: a mistake is told before anything is embedded."""
    try:
        confidence = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a number strictly between 0.5 and 1, such as 0.95, got '{text}'"
        ) from None
    try:
        check_confidence(confidence)
    except InvalidInputError as error:
        # argparse replaces the text of any other ValueError by its own.
        raise argparse.ArgumentTypeError(str(error)) from None
    return confidence


def _run(args: argparse.Namespace) -> Outcome:
    from twinlet.bundle import Bundle, check_target, write_bundle
    from twinlet.judging import judge
    from twinlet.lineage import recalibrated_contents, record_of
    from twinlet.recalibrating import recalibrate
    from twinlet_train.recalibrations import from_data, from_gallery

    # What can be said at once is said before anything is embedded.
    check_target(args.out)
    bundle = Bundle.open(args.bundle)
    if args.out.exists() and args.out.samefile(args.bundle):
        raise InvalidInputError(
            f"cannot write {args.out}: it is the shipped bundle, which the new one refers to; name "
            f"another file"
        )
    if args.gallery is not None:
        material = from_gallery(bundle, args.gallery, args.file)
    else:
        material = from_data(bundle, args.data, args.file)
    terms = _terms(args, bundle.manifest, material.unit)
    made: dict[str, Recalibrated] = {}
    judged: dict[str, Judgement] = {}
    for name in material.files:
        templates = material.templates(name)
        entry = bundle.file(name)
        try:
            made[name] = recalibrate(
                entry, templates, material.labels, terms=terms, source=material.source
            )
        except CalibrationError as error:
            raise CalibrationError(f"{name}: {error}") from error
        shipped = {
            move.target: entry.calibration.point_for(move.target).threshold
            for move in made[name].moves
            if entry.calibration.lowest <= move.target * (1 + 1e-12)
        }
        judged[name] = judge(entry, templates, material.labels, shipped, unit=terms.unit)
    record = record_of(
        bundle.manifest,
        made,
        terms=terms,
        source=material.source,
        facts={
            **material.facts,
            "drift": {name: found.drift.to_json() for name, found in judged.items()},
        },
    )
    default = terms.targets[0]
    contents = recalibrated_contents(bundle, made, default_fmr=default, record=record)
    manifest = write_bundle(contents, args.out)
    payload = {
        "out": str(args.out),
        "bundle_id": manifest.bundle_id,
        "manifest_sha256": manifest.manifest_sha256,
        "default_fmr": default,
        "files": {name: _figures(one, judged[name]) for name, one in made.items()},
        "recalibration": record,
    }
    page = _page(args.out, made, judged, record)
    return Outcome(payload, f"{page}\n{_default(default, bundle.manifest.default_fmr)}")


def _default(new: float, shipped: float) -> str:
    line = f"default FMR {percent(new)}, shipped {percent(shipped)}"
    if new <= shipped:
        return line
    return f"{line}: apps that name no rate let MORE through; name {shipped:g} first to keep it"


def _terms(args: argparse.Namespace, manifest: "Manifest", unit: "Unit") -> "Terms":
    from twinlet.recalibrating import Terms

    # The data of a model from elsewhere trained nobody.
    trained = "own" not in manifest.provenance.get("config", {}).get("model", {})
    if args.unit == "identity" and unit != args.unit and trained:
        raise InvalidInputError(
            "this bundle was trained on other images of identities of these data, so "
            "nothing can be promised about other identities, got --unit identity; leave it out, "
            "or give data of identities that trained nobody"
        )
    if args.fmr:
        targets, hoped = tuple(dict.fromkeys(args.fmr)), tuple[float, ...]()
    else:
        # Never another default than the shipped one unasked: apps that name no rate would let
        # through more than before.
        targets = (manifest.default_fmr,)
        points = [point.target for e in manifest.files.values() for point in e.operating_points]
        hoped = tuple(dict.fromkeys(target for target in points if target not in targets))
    return Terms(
        targets=targets,
        hoped=hoped,
        unit=args.unit or unit,
        confidence=args.confidence,
        point_estimates=args.point_estimates,
        allow_lower=args.allow_lower,
    )


def _figures(made: "Recalibrated", judged: "Judgement") -> dict[str, Any]:
    points = {point.target: point for point in made.entry.operating_points}
    promises = {check.target: check for check in judged.promises}
    figures = {}
    for move in made.moves:
        fitted = made.entry.calibration.point_for(move.target)
        point = points.get(move.target)
        figures[f"{move.target:g}"] = {
            **move.to_json(),
            "fmr": fitted.fmr_measured,
            "fmr_upper": fitted.fmr_upper,
            "fnmr": point.fnmr if point else None,
            "fnmr_interval": list(point.fnmr_interval) if point else None,
            "shipped_promise": promises[move.target].to_json() if move.target in promises else None,
        }
    return {
        "fmr": figures,
        "lowest_fmr": made.entry.calibration.lowest,
        "drift": judged.drift.to_json(),
    }


def _page(
    out: Path,
    made: "Mapping[str, Recalibrated]",
    judged: "Mapping[str, Judgement]",
    record: Mapping[str, Any],
) -> str:
    held = "measured FMR, nothing is promised" if not record["promised"] else "FMR at most"
    lines = [f"{out}: calibrated anew on {record['protocol']} of {record['identities']} identities"]
    if record["promised"]:
        whom = "other identities" if record["unit"] == "identity" else "other images of these"
        lines.append(f"promised for {whom}, each rate at {record['confidence']:.0%} confidence")
    if record.get("unreadable"):
        lines.append(f"{record['unreadable']} images could not be read and are left out")
    for name, one in made.items():
        points = {point.target: point for point in one.entry.operating_points}
        lines.append(f"{name}")
        for move in one.moves:
            point = points.get(move.target)
            missed = f"FNMR {percent(point.fnmr)}" if point else "FNMR unknown"
            lines.append(
                f"  {held} {percent(move.target)}: threshold {percent(move.taken)}, {missed}"
                f"{_moved(move.shipped, move.fitted, move.taken)}"
            )
        lines += [f"  shipped threshold: {check.in_words()}" for check in judged[name].promises]
        lines.append(f"  {judged[name].drift.in_words()}")
    if record["kept_as_shipped"]:
        lines.append(f"as shipped: {', '.join(record['kept_as_shipped'])}")
    lines += [f"no threshold for FMR {rate}: {why}" for rate, why in record["refused"].items()]
    lines.append(f"FNMR: {record['fnmr']}")
    lines.append(
        "log-likelihood ratios (verify --prior): none in the new bundle, there were no other data "
        "to try them on"
    )
    return "\n".join(lines)


def _moved(shipped: float, fitted: float, taken: float) -> str:
    if taken < shipped:
        return f"; LOWER than the shipped {percent(shipped)}, as allowed"
    if taken > fitted:
        return f"; kept at the shipped one, the data alone would give {percent(fitted)}"
    return f"; shipped {percent(shipped)}"


COMMAND = Command(
    "calibrate",
    "write a bundle with thresholds for your own data, or from a gallery; files stay as they are",
    _add_arguments,
    _run,
)
