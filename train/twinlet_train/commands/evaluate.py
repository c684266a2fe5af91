"""`twinlet evaluate`: error rates of a bundle's files on the user's own data."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import fmr, percent
from twinlet.metrics.clusters import UNITS
from twinlet_train.data.spec import DATA_HELP

if TYPE_CHECKING:
    from twinlet import Verifier
    from twinlet.bundle import Manifest
    from twinlet.evaluation import Evaluation
    from twinlet.judging import Judgement
    from twinlet.metrics import Cohorts, Unit
    from twinlet.metrics.cohorts import CohortRate
    from twinlet_train.unseen import Unseen

NAMED = 3  # unreadable images that a person is told of


@dataclass(frozen=True)
class _Measured:
    """One file on the data."""

    evaluation: "Evaluation"
    judgement: "Judgement"
    promised: bool  # whether the bundle promised anything: point estimates do not
    cohorts: "Cohorts | None"  # error rates by group; None where the data tell none apart

    def to_json(self) -> dict[str, Any]:
        promises = {f"{check.target:g}": check.to_json() for check in self.judgement.promises}
        return {
            **self.evaluation.to_json(),
            "promised": self.promised,
            "promise": promises,
            "drift": self.judgement.drift.to_json(),
            **({"cohorts": self.cohorts.to_json()} if self.cohorts else {}),
        }


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="NAME.twin", type=Path)
    parser.add_argument(
        "--data",
        metavar="SPEC",
        required=True,
        help=DATA_HELP,
    )
    parser.add_argument("--file", metavar="F", help="a file of the bundle, or all")
    parser.add_argument("--fmr", type=fmr, metavar="F", help="target False Match Rate")
    parser.add_argument(
        "--unit",
        choices=UNITS,
        help="whom it is to be told of whether the promise holds: other identities than these (at "
        "least 10 are needed), or other images of these very ones; identity when not given, but "
        "image where the bundle was trained on these identities",
    )
    parser.add_argument(
        "--cohorts",
        metavar="FILE.csv",
        type=Path,
        help="error rates by group as well: a table of two columns, the image (its path inside the "
        "data, or its number from 0) and its attribute; an .npz may hold `groups` instead",
    )


def _run(args: argparse.Namespace) -> Outcome:
    from twinlet.bundle import Bundle
    from twinlet.verifier import load
    from twinlet_train.unseen import unseen

    first = load(args.bundle, file=None if args.file == "all" else args.file, fmr=args.fmr)
    manifest = Bundle.open(args.bundle).manifest
    names = list(manifest.files) if args.file == "all" else [first.file]
    chosen = unseen(args.data, manifest, attributes=args.cohorts)
    unit = args.unit or chosen.unit
    measured = {}
    for name in names:
        verifier = first if name == first.file else load(args.bundle, file=name, fmr=args.fmr)
        measured[name] = _measure(verifier, chosen, args.fmr, unit)
    in_sample = _calibrated_on(manifest, chosen)
    payload = {
        "files": {name: one.to_json() for name, one in measured.items()},
        "bundle_id": first.bundle_id,
        "protocol": chosen.protocol,
        "images": len(chosen.images),
        "unreadable": [{"path": u.path, "reason": u.reason} for u in chosen.unreadable],
        "repeated": chosen.repeated,
        "in_sample": in_sample,
    }
    return Outcome(payload, _page(measured, chosen, in_sample=in_sample))


def _measure(verifier: "Verifier", chosen: "Unseen", fmr: float | None, unit: "Unit") -> _Measured:
    from twinlet.evaluation import evaluate
    from twinlet.judging import judge
    from twinlet.metrics import cohorts
    from twinlet_train.data import blocks

    entry = verifier.entry
    # A bundle calibrated from one template an identity has no operating points.
    points = [point.target for point in entry.operating_points] or [verifier.fmr]
    targets = [fmr] if fmr is not None else points
    thresholds = {target: entry.calibration.point_for(target).threshold for target in targets}
    templates = np.concatenate([verifier.embed(block) for block in blocks(chosen.images)])
    return _Measured(
        evaluate(
            templates,
            chosen.labels,
            thresholds,
            unit=unit,
            failures=len(chosen.unreadable),
            attempts=chosen.attempts,
        ),
        judge(entry, templates, chosen.labels, thresholds, unit=unit),
        entry.calibration.promised,
        cohorts(templates, chosen.labels, chosen.groups, thresholds, unit=unit)
        if len(chosen.groups)
        else None,
    )


def _calibrated_on(manifest: "Manifest", chosen: "Unseen") -> bool:
    """Whether thresholds were calibrated anew on some of these images: that tests no promise."""
    from twinlet_train.data.sketch import Sketch

    steps = manifest.provenance.get("recalibrations", [])
    for step in steps if isinstance(steps, list) else []:
        if not isinstance(step, dict):
            continue
        if step.get("data_fingerprint") == chosen.fingerprint:
            return True
        if "seen" in step:
            seen = Sketch.from_json(step["seen"], "provenance.recalibrations.seen")
            if len(seen.known(chosen.digests)):
                return True
    return False


def _page(measured: dict[str, _Measured], chosen: "Unseen", *, in_sample: bool) -> str:
    rows = [
        chosen.protocol,
        f"{'file':16} {'AUC':>7} {'EER':>7} {'R@1':>7}  at target FMR: measured FMR / FNMR",
    ]
    for name, one in measured.items():
        evaluation = one.evaluation
        points = "  ".join(f"{p.target:g}: {p.fmr:.5f} / {p.fnmr:.4f}" for p in evaluation.fmr)
        rows.append(
            f"{name:16} {evaluation.auc:7.4f} {evaluation.eer:7.4f} "
            f"{evaluation.recall_at_1:7.4f}  {points}"
        )
    rows += _failures(chosen, measured)
    for name, one in measured.items():
        question = "does the promise hold here?"
        if not one.promised:
            question = "point estimates, which promised nothing; are they met here?"
        rows += ["", f"{name}: {question} {_asked(one)}"]
        rows += _intervals(one.evaluation)
        rows += [f"  {check.in_words()}" for check in one.judgement.promises]
        rows.append(f"  {one.judgement.drift.in_words()}")
        if one.cohorts:
            rows += _groups(one.cohorts)
    if in_sample:
        rows += [
            "",
            "these images, or some of them, chose the thresholds: this tests no promise",
        ]
    if chosen.repeated:
        rows += ["", f"{chosen.repeated} images repeat another one of their identity"]
    return "\n".join(rows)


def _failures(chosen: "Unseen", measured: dict[str, _Measured]) -> list[str]:
    """Images without a template, which count as misses of whoever tries with them."""
    if not chosen.unreadable:
        return []
    rates = (
        f"{percent(point.gfrr)} at FMR {percent(point.target)}"
        for one in measured.values()
        for point in one.evaluation.fmr[:1]
    )
    named = ", ".join(f"{image.path} ({image.reason})" for image in chosen.unreadable[:NAMED])
    return [
        "",
        f"{len(chosen.unreadable)} images could not be read and are in no rate above: {named}"
        + (", ..." if len(chosen.unreadable) > NAMED else ""),
        f"counted as misses, the FNMR is {', '.join(rates)} (generalised false reject rate)",
    ]


def _asked(one: _Measured) -> str:
    """Whom the verdicts speak of, and how sure they are."""
    check = next(iter(one.judgement.promises), None)
    if check is None:
        return ""
    whom = "other identities than these" if check.unit == "identity" else "other images of these"
    return f"(for {whom}, each bound at {check.confidence:.0%} confidence)"


def _intervals(evaluation: "Evaluation") -> list[str]:
    """95 % intervals of the figures, and how they were made."""
    intervals = evaluation.intervals
    if intervals.reason:
        return [f"  no intervals: {intervals.reason}"]
    figures = intervals.to_json()
    named = {"auc": "AUC", "eer": "EER", "recall_at_1": "R@1"}
    spans = [
        f"{named[name]} {figures[name][0]:.4f} to {figures[name][1]:.4f}"
        for name in named
        if figures[name] is not None
    ]
    spans += [
        f"FNMR at {point.target:g} {point.fnmr_interval[0]:.4f} to {point.fnmr_interval[1]:.4f}"
        for point in evaluation.fmr
    ]
    methods = ", ".join(
        dict.fromkeys(figures["method"][name] for name in (*named, "fnmr_interval"))
    )
    return [f"  95 % intervals: {'; '.join(spans)} ({methods})"]


def _groups(cohorts: "Cohorts") -> list[str]:
    """Rates of each group, with their intervals, and the worst one."""
    rows = []
    for point in cohorts.points:
        rows.append(f"  by group at target FMR {point.target:g}:")
        rows += [
            f"    {name:16} FMR {_rate(point.fmr[name])}, FNMR {_rate(point.fnmr[name])}"
            for name in point.fmr
        ]
        rows.append(f"    between groups   FMR {_rate(point.across_fmr)}")
        worst = (("FMR", point.worst_fmr), ("FNMR", point.worst_fnmr))
        rows.append(
            "    highest: "
            + ", ".join(f"{rate} {name or 'not to be told apart'}" for rate, name in worst)
        )
    return rows


def _rate(measured: "CohortRate") -> str:
    if measured.rate is None:
        return measured.flag
    low, high = measured.interval
    flag = f" [{measured.flag}]" if measured.flag else ""
    return f"{measured.rate:.4f} ({low:.4f} to {high:.4f}){flag}"


COMMAND = Command(
    "evaluate", "measure error rates on your own labelled images", _add_arguments, _run
)
