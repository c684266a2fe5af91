"""`twinlet train`: from a data set to a run folder."""

import argparse
from pathlib import Path

from twinlet.command import Command, Outcome
from twinlet.errors import InvalidInputError
from twinlet_train.data.spec import DATA_HELP
from twinlet_train.presets import PRESET_HELP, PRESETS
from twinlet_train.quiet import start_keras


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
        help="one setting, such as model.backbone=tiny; repeatable",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="at most this many epochs")
    parser.add_argument(
        "--minutes", type=float, metavar="M", help="stop after the epoch that passes M minutes"
    )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was killed")


def _run(args: argparse.Namespace) -> Outcome:
    start_keras()
    from twinlet_train.config import TrainConfig
    from twinlet_train.run import PICTURES, RECORD, load_run
    from twinlet_train.training import train

    stored = load_run(args.out).config if args.resume and (args.out / RECORD).exists() else None
    config = TrainConfig.from_options(
        args.data,
        toml=args.config,
        preset=args.preset,
        settings=_settings(args.settings),
        epochs=args.epochs,
        minutes=args.minutes,
        base=stored,
    )
    run = train(config, args.out, resume=args.resume)
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
