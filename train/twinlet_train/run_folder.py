"""Whether a folder may take a run: free, or one to go on with."""

import os
from pathlib import Path

from twinlet.errors import InvalidInputError
from twinlet_train.config import TrainConfig
from twinlet_train.run import RECORD, Run, check_twin_there, load_run

# Settings that may differ on resuming.
MAY_CHANGE = (
    *("fit.epochs", "fit.minutes", "fit.patience", "fit.tensorboard", "data.memory_mb"),
    "data.spec",  # data that moved; its fingerprint must be the same
)


def prepare_folder(config: TrainConfig, out: Path, *, resume: bool) -> Run | None:
    """Look at a folder before a run is written into it.

    Returns:
        The run to resume, or None for a folder that is free to use.

    Raises:
        InvalidInputError: The folder cannot be written, is in use, or holds a run that was
            started with other settings.
    """
    there = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not there.is_dir():
        raise InvalidInputError(f"{there} is a file; expected a folder to write the run into")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InvalidInputError(f"no permission to write into {there}; choose another --out")
    if not resume:
        check_free(out)
    if (out / RECORD).exists():
        old = load_run(out)
        _check_same(old.config, config, out)
        return old
    if resume:
        check_resumable(out)
    half_written = (out / RECORD).with_suffix(".tmp")  # by a run that could not even start
    if out.is_dir() and any(path != half_written for path in out.iterdir()):
        raise InvalidInputError(f"{out} is not empty and holds no run; choose another --out")
    return None


def check_free(out: Path) -> None:
    """Refuse to begin where a run is.

    Raises:
        InvalidInputError: There is one.
    """
    if (out / RECORD).exists():
        raise InvalidInputError(
            f"{out} holds a run already; go on with it by --resume, or choose another --out"
        )


def check_resumable(out: Path) -> None:
    """Refuse to go on with a run that is not there.

    Raises:
        InvalidInputError: There is none.
    """
    if not (out / RECORD).exists():
        raise InvalidInputError(f"nothing to resume in {out}; start it without --resume")


def check_done(run: Run, config: TrainConfig) -> None:
    """Refuse to go on with a finished run where that would do nothing of what was asked for.

    Raises:
        InvalidInputError: It should train longer, or its twin is gone.
    """
    for name in ("epochs", "minutes"):
        then, now = getattr(run.config.fit, name), getattr(config.fit, name)
        if now != then:
            raise InvalidInputError(
                f"{run.path} is finished, after {run.record['epochs']} epochs with fit.{name}="
                f"{then:g}, and cannot go on with fit.{name}={now:g}, since its learning rate has "
                f"fallen to its end; train into another folder"
            )
    check_twin_there(run)


def _check_same(old: TrainConfig, new: TrainConfig, out: Path) -> None:
    for table, keys in old.tables().items():
        for key, value in keys.items():
            now = new.tables()[table][key]
            if value != now and f"{table}.{key}" not in MAY_CHANGE:
                raise InvalidInputError(
                    f"cannot resume {out} with {table}.{key}={now}: it was started with {value}; "
                    f"only {', '.join(MAY_CHANGE)} may change"
                )
