"""`twinlet train`: from a data set to a run folder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from twinlet.command import Command, Outcome
from twinlet.errors import InvalidInputError
from twinlet_train.data.spec import DATA_HELP
from twinlet_train.parallel import Group, check_backend
from twinlet_train.presets import PRESET_HELP, PRESETS
from twinlet_train.quiet import start_keras

if TYPE_CHECKING:
    from twinlet_train.run import Run


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="SPEC",
        help=DATA_HELP,
    )
    parser.add_argument(
        "--out", metavar="RUN", required=True, type=Path, help="the run folder to write"
    )
    parser.add_argument("--preset", choices=PRESETS, help=PRESET_HELP)
    parser.add_argument("--config", metavar="T.toml", type=Path, help="a configuration file")
    parser.add_argument(
        "--set",
        metavar="A.B=C",
        action="append",
        default=[],
        dest="settings",
        help="one setting, such as model.backbone=tiny; repeatable; config.toml in a run folder "
        "lists them all with their values",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="at most this many epochs")
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="end after M minutes, the learning rate falling towards that end; a preset's number "
        "of epochs is then no limit",
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was killed")
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="train with N processes on this machine, on JAX; with --rank and --coordinator, be "
        "one of N processes on several machines that see the same data and run folder",
    )
    parser.add_argument("--rank", type=int, metavar="R", help="which process this is, from 0")
    parser.add_argument(
        "--coordinator", metavar="HOST:PORT", default="", help="where process 0 can be reached"
    )


def _run(args: argparse.Namespace) -> Outcome:
    if args.processes < 1:
        raise InvalidInputError(f"--processes must be at least 1, got {args.processes}")
    if args.processes > 1 and args.rank is None:
        return _launched(args)
    if args.processes == 1 and (args.rank is not None or args.coordinator):
        raise InvalidInputError("--rank and --coordinator go with --processes")
    group = Group(args.processes, args.rank or 0, args.coordinator)
    start_keras(alone=group.count == 1)
    if group.count > 1:
        check_backend()
    from twinlet_train.config import TrainConfig
    from twinlet_train.run import load_run
    from twinlet_train.run_folder import check_resumable
    from twinlet_train.training import train

    if args.resume:
        check_resumable(args.out)
    stored = load_run(args.out).config if args.resume else None
    config = TrainConfig.from_options(
        args.data,
        toml=args.config,
        preset=args.preset,
        settings=_settings(args.settings),
        epochs=args.epochs,
        minutes=args.minutes,
        base=stored,
    )
    run = train(config, args.out, resume=args.resume, group=group)
    if not group.leads:
        return Outcome({"run": str(run.path), "rank": group.rank}, "")
    return _outcome(run)


def _launched(args: argparse.Namespace) -> Outcome:
    """Train in several processes of this machine, and say what the first one says."""
    from twinlet_train.launching import launch
    from twinlet_train.run import load_run

    if args.coordinator:
        raise InvalidInputError(
            "--coordinator goes with --rank; without both, all processes run here"
        )
    words = ["train", "--out", str(args.out), "--processes", str(args.processes)]
    for option in ("data", "config", "preset", "epochs", "minutes"):
        value = getattr(args, option)
        words += [f"--{option}", str(value)] if value is not None else []
    words += [word for setting in args.settings for word in ("--set", setting)]
    words += ["--resume"] if args.resume else []
    launch(words, args.processes)
    return _outcome(load_run(args.out))


def _outcome(run: "Run") -> Outcome:
    from twinlet_train.run import PICTURES

    record = run.record
    every = record["test"]["all_pairs"]
    payload = {
        "run": str(run.path),
        "epochs": record["epochs"],
        "best_epoch": record["best_epoch"],
        "stopped_by": record["stopped_by"],
        "seconds": record["seconds"],
        "images_per_second": record["images_per_second"],
        "counts": record["data"]["counts"],
        "unreadable": record["data"]["unreadable"],
        "split": record["split"],
        "test": record["test"],
    }
    text = "\n".join(
        [
            f"{run.path}: best epoch {record['best_epoch']} of {record['epochs']}, "
            f"{record['seconds']:.0f} s, {record['images_per_second']:.0f} images/s",
            f"test split, all pairs: AUC {every['auc']:.4f}, EER {every['eer']:.4f}, "
            f"FNMR {every['fnmr_at_fmr']['0.01']:.4f} at FMR 1%, "
            f"recall@1 {every['recall_at_1']:.4f}",
            f"pictures in {run.path / PICTURES}",
            f"next: twinlet export {run.path} --out {run.path.name}.twin",
        ]
    )
    return Outcome(payload, text)


def _settings(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or "." not in key:
            raise InvalidInputError(f"--set takes TABLE.KEY=VALUE, got {text!r}")
        pairs[key.strip()] = value.strip()
    return pairs


COMMAND = Command("train", "train a twin on labelled images", _add_arguments, _run)
