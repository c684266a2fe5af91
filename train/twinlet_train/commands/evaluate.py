"""`twinlet evaluate`: error rates of a bundle's files on the user's own data."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twinlet.command import Command, Outcome
from twinlet_train.data.spec import DATA_HELP

if TYPE_CHECKING:
    from twinlet import Verifier
    from twinlet.evaluation import Evaluation
    from twinlet.metrics import Unit
    from twinlet_train.unseen import Unseen


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="NAME.twin", type=Path)
    parser.add_argument(
        "--data",
        metavar="SPEC",
        required=True,
        help=DATA_HELP,
    )
    parser.add_argument("--file", metavar="F", help="a file of the bundle, or all")
    parser.add_argument("--fmr", type=float, metavar="F", help="target False Match Rate")


def _run(args: argparse.Namespace) -> Outcome:
    from twinlet.bundle import Bundle
    from twinlet.verifier import load
    from twinlet_train.unseen import unseen

    first = load(args.bundle, file=None if args.file == "all" else args.file, fmr=args.fmr)
    manifest = Bundle.open(args.bundle).manifest
    names = list(manifest.files) if args.file == "all" else [first.file]
    chosen = unseen(args.data, manifest)
    evaluations = {}
    for name in names:
        verifier = first if name == first.file else load(args.bundle, file=name, fmr=args.fmr)
        evaluations[name] = _evaluate(verifier, chosen, args.fmr)
    payload = {
        "files": {name: evaluation.to_json() for name, evaluation in evaluations.items()},
        "bundle_id": first.bundle_id,
        "protocol": chosen.protocol,
        "images": len(chosen.images),
        "unreadable": [{"path": u.path, "reason": u.reason} for u in chosen.unreadable],
    }
    return Outcome(payload, _table(evaluations, chosen.protocol))


def _evaluate(verifier: "Verifier", chosen: "Unseen", fmr: float | None) -> "Evaluation":
    from twinlet.evaluation import evaluate
    from twinlet_train.data import blocks

    entry = verifier.entry
    targets = [fmr] if fmr is not None else [point.target for point in entry.operating_points]
    thresholds = {target: entry.calibration.point_for(target).threshold for target in targets}
    templates = np.concatenate([verifier.embed(block) for block in blocks(chosen.images)])
    # Given pairs have no unit; the stricter one speaks of people not seen here.
    unit: Unit = "image" if entry.calibration.unit == "image" else "identity"
    return evaluate(
        templates, chosen.labels, thresholds, unit=unit, failures=len(chosen.unreadable)
    )


def _table(evaluations: "dict[str, Evaluation]", protocol: str) -> str:
    rows = [
        protocol,
        f"{'file':16} {'AUC':>7} {'EER':>7} {'R@1':>7}  at target FMR: measured FMR / FNMR",
    ]
    for name, evaluation in evaluations.items():
        points = "  ".join(f"{p.target:g}: {p.fmr:.5f} / {p.fnmr:.4f}" for p in evaluation.fmr)
        rows.append(
            f"{name:16} {evaluation.auc:7.4f} {evaluation.eer:7.4f} "
            f"{evaluation.recall_at_1:7.4f}  {points}"
        )
    return "\n".join(rows)


COMMAND = Command(
    "evaluate", "measure error rates on your own labelled images", _add_arguments, _run
)
