"""`twinlet demo`: from nothing to a report, on the handwritten digits of scikit-learn."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from twinlet.command import Command, Outcome
from twinlet.errors import InvalidInputError
from twinlet_export.commands.export import export_with_progress
from twinlet_export.commands.report import write_report
from twinlet_train.quiet import start_keras

if TYPE_CHECKING:
    from twinlet_train.run import Run

RUN, BUNDLE, REPORT, SAMPLES = "run", "digits.twin", "report.html", "samples"

# A minute on two cores. Twice the size lets the small backbone keep a few positions; a shift
# of one pixel is the only harmless distortion: mirrored digits are other signs.
SETTINGS = {
    "data.size": "16",
    "model.backbone": "tiny",
    "fit.learning_rate": "0.002",
    "augment.shift": "1",
}
EPOCHS = 40
SAMPLES_A_CLASS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("demo"),
        help="the folder to write; a demo that was interrupted there goes on (default: demo)",
    )


def run(arguments: argparse.Namespace) -> Outcome:
    """Train, export and report in one go."""
    start_keras()
    out: Path = arguments.out
    _make_folder(out)
    run_folder, bundle, report = out / RUN, out / BUNDLE, out / REPORT
    seconds = {
        "train": _timed(lambda: _train(run_folder)),
        "export": _timed(lambda: _export(run_folder, bundle)),
        "report": _timed(lambda: write_report(bundle, report)),
    }
    samples = _write_samples(run_folder, out / SAMPLES)
    same, different = samples[:SAMPLES_A_CLASS], (samples[0], samples[SAMPLES_A_CLASS])
    commands = [f"twinlet verify {bundle} {a} {b}" for a, b in (same, different)]
    return Outcome(
        payload={
            "out": str(out),
            "run": str(run_folder),
            "bundle": str(bundle),
            "report": str(report),
            "samples": [str(sample) for sample in samples],
            "seconds": seconds,
            "next": commands,
        },
        text="\n".join(
            [
                f"the run      {run_folder}  ({seconds['train']:.0f} s)",
                f"the bundle   {bundle}  ({seconds['export']:.0f} s)",
                f"the report   {report}  open it in a browser",
                f"test images  {out / SAMPLES}",
                "",
                "try next, the same digit and another one:",
                *(f"  {command}" for command in commands),
            ]
        ),
    )


def _make_folder(out: Path) -> None:
    """Take a new or empty folder, or one in which a demo was begun."""
    if out.exists() and not out.is_dir():
        raise InvalidInputError(f"cannot write the demo to {out}: it is a file; name a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / RUN).is_dir():
        raise InvalidInputError(
            f"cannot write the demo to {out}: the folder is not empty and holds no demo; name a "
            f"new one with --out"
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(
            f"cannot make the folder {out}: {error.strerror or error}; name another with --out"
        ) from error


def _train(folder: Path) -> "Run":
    """Train; a run that was interrupted there goes on, a finished one is kept."""
    from twinlet_train.config import TrainConfig
    from twinlet_train.run import RECORD
    from twinlet_train.training import train

    config = TrainConfig.from_options("digits", settings=SETTINGS, epochs=EPOCHS)
    return train(config, folder, resume=(folder / RECORD).is_file())


def _export(folder: Path, bundle: Path) -> None:
    from twinlet_export.packing import ExportOptions

    export_with_progress(ExportOptions(source=folder, out=bundle))


def _write_samples(folder: Path, samples: Path) -> list[Path]:
    """Write the first test images of every class, which nobody trained or calibrated on."""
    from PIL import Image

    from twinlet_train.run import load_run

    run = load_run(folder)
    data = run.data()
    test = run.splits(data).test
    samples.mkdir(exist_ok=True)
    paths = []
    for label, name in enumerate(data.class_names):
        own = test[data.labels[test] == label][:SAMPLES_A_CLASS]
        for letter, index in zip("ab", own, strict=True):
            paths.append(samples / f"{name}-{letter}.png")
            Image.fromarray(data.images[index].squeeze()).save(paths[-1])
    return paths


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return round(time.monotonic() - started, 1)


COMMAND = Command(
    name="demo",
    help="From nothing to a report: train on scikit-learn's digits, export, calibrate, and "
    "show what came out.",
    add_arguments=add_arguments,
    run=run,
)
