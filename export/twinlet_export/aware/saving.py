"""What a killed tuning needs to go on: one file, replaced as a whole."""

import contextlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError


@dataclass(frozen=True)
class Saved:
    """How far a tuning has come."""

    done: int  # steps
    seconds: float  # spent in them
    arrays: list[NDArray[np.generic]]  # every variable, in the order of the network


def save(path: Path, saved: Saved) -> None:
    """Write aside, then rename: what was there before stays whole until then.

    Raises:
        InvalidInputError: The folder cannot be written.
    """
    arrays = {f"a{index:05d}": array for index, array in enumerate(saved.arrays)}
    aside = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            np.savez(file, done=saved.done, seconds=saved.seconds, **arrays)  # type: ignore[arg-type]
        os.replace(aside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise InvalidInputError(
            f"cannot keep the state of fine-tuning in {path}: {error}; make room, or export from "
            f"a copy of the run folder that can be written"
        ) from error


def load(path: Path) -> Saved | None:
    """Read what `save` wrote.

    Returns:
        `None` without such a file, and for one that is damaged: tuning starts again then.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            names = sorted(name for name in file.files if name.startswith("a"))
            return Saved(int(file["done"]), float(file["seconds"]), [file[n] for n in names])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
