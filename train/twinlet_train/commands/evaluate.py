"""`twinlet evaluate`: error rates of a bundle's files on the user's own data."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twinlet.command import Command, Outcome
from twinlet.errors import InvalidInputError
from twinlet_train.data.spec import DATA_HELP

if TYPE_CHECKING:
    from twinlet import Verifier
    from twinlet.evaluation import Evaluation
    from twinlet_train.data import ImageStore, LabelledImages


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
    from twinlet_train.comparing import TEST_IMAGES, compared
    from twinlet_train.data import Selected

    first = load(args.bundle, file=None if args.file == "all" else args.file, fmr=args.fmr)
    manifest = Bundle.open(args.bundle).manifest
    names = list(manifest.files) if args.file == "all" else [first.file]
    data, allowed, protocol = _chosen(args.data, first)
    indices = compared(data.labels, allowed, TEST_IMAGES, seed=0)
    if len(indices) < len(allowed):
        protocol += f"; {len(indices):,} of {len(allowed):,}, drawn evenly from all classes"
    images, labels = Selected(data.images, indices), data.labels[indices]
    evaluations = {}
    for name in names:
        verifier = first if name == first.file else load(args.bundle, file=name, fmr=args.fmr)
        evaluations[name] = _evaluate(verifier, images, labels, args.fmr, len(data.unreadable))
    payload = {
        "files": {name: evaluation.to_json() for name, evaluation in evaluations.items()},
        "bundle_id": first.bundle_id,
        "protocol": protocol,
        "images": len(images),
        "unreadable": [{"path": u.path, "reason": u.reason} for u in data.unreadable],
    }
    return Outcome(payload, _table(evaluations, protocol))


def _chosen(spec: str, verifier: "Verifier") -> "tuple[LabelledImages, np.ndarray, str]":
    """Open the data at the verifier's size, and choose what may be tested on.

    On the very data the bundle was made from, only its test split: the rest it has seen. On
    other data, the test part where there is one, else everything.
    """
    from twinlet_train.config import TrainConfig
    from twinlet_train.data import open_data
    from twinlet_train.splits import make_splits

    contract = verifier.input
    square = contract.height == contract.width
    size = contract.height if square and not contract.is_vector else None
    data = open_data(spec, size=size, channels=contract.channels)
    if (data.contract.height, data.contract.width) != (contract.height, contract.width):
        raise InvalidInputError(
            f"this bundle takes {contract.height}x{contract.width}, and {spec} holds "
            f"{data.contract.height}x{data.contract.width}; evaluate resizes to squares only: "
            f"bring the data to that size"
        )
    provenance = verifier.manifest.provenance
    if data.fingerprint == provenance.get("data_fingerprint"):
        test = make_splits(data, TrainConfig.from_tables(provenance["config"]).split).test
        return data, test, "the bundle's own data: its test split alone, the rest was trained on"
    if data.has_test:
        return data, np.flatnonzero(data.split == "test"), "the test part of the data"
    return data, np.arange(len(data.labels)), "all images of the data"


def _evaluate(
    verifier: "Verifier",
    images: "ImageStore",
    labels: np.ndarray,
    fmr: float | None,
    failures: int,
) -> "Evaluation":
    from twinlet.evaluation import evaluate
    from twinlet_train.data import blocks

    entry = verifier.entry
    targets = [fmr] if fmr is not None else [point.target for point in entry.operating_points]
    thresholds = {target: entry.calibration.point_for(target).threshold for target in targets}
    templates = np.concatenate([verifier.embed(block) for block in blocks(images)])
    return evaluate(templates, labels, thresholds, failures=failures)


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
