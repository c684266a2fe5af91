"""The run folder: everything a training left behind, readable without Keras but the twin.

config.toml      the resolved configuration
run.json         status, seed, versions, machine, history, data fingerprint, split
twin.keras       the twin, when finished
state/           what --resume needs, until finished
pictures/        what the recipe shows
tuning/          what fine-tuning for export reached; may be deleted
"""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError
from twinlet_train.config import TrainConfig
from twinlet_train.data import LabelledImages, open_data
from twinlet_train.splits import OPEN_SET, PARTS, Splits, make_splits

if TYPE_CHECKING:
    import keras

TWIN = "twin.keras"
CONFIG = "config.toml"
RECORD = "run.json"
STATE = "state"
PICTURES = "pictures"
FINISHED = "finished"
RUNNING = "running"


@dataclass(frozen=True)
class Run:
    """A run folder."""

    path: Path
    config: TrainConfig
    record: Mapping[str, Any]  # run.json

    @property
    def finished(self) -> bool:
        """Whether the twin is there."""
        return bool(self.record["status"] == FINISHED)

    def data(self, spec: str | None = None) -> LabelledImages:
        """Open the data again, from where it was or from elsewhere, and check it is the same.

        Raises:
            InvalidInputError: Not there any more, or other images, labels or parts than those
                this run was trained on.
        """
        wanted = self.record["data"]
        contract = wanted["contract"]
        data = open_data(
            spec or self.config.data.spec,
            size=self.config.data.size,
            channels=contract["channels"],
            memory_mb=self.config.data.memory_mb,
        )
        if data.fingerprint != wanted["fingerprint"]:
            raise InvalidInputError(
                f"{data.spec} is not the data {self.path} was trained on: expected fingerprint "
                f"{wanted['fingerprint'][:12]}, got {data.fingerprint[:12]}; name the original "
                f"with --data"
            )
        return data

    def splits(self, data: LabelledImages) -> Splits:
        """The split this run used.

        Raises:
            InvalidInputError: See `check_split`.
        """
        splits = make_splits(data, self.config.split)
        self.check_split(splits)
        return splits

    def check_split(self, splits: Splits) -> None:
        """Refuse another split than the run was trained with, which would mix its parts up.

        Raises:
            InvalidInputError: An older twinlet parted these data in another way.
        """
        then = self.record["split"]
        now = {part: len(getattr(splits, part)) for part in PARTS}
        is_open = splits.protocol.startswith(OPEN_SET)
        if then["images"] != now or (is_open and then["protocol"] != splits.protocol):
            raise InvalidInputError(
                f"{self.path} was trained by an older twinlet, which parted its data in another "
                f"way ({then['images']} images then, {now} now); train it again"
            )


def load_run(path: str | os.PathLike[str]) -> Run:
    """Read a run folder.

    Raises:
        InvalidInputError: No run there, or one that is damaged.
    """
    folder = Path(path)
    record = folder / RECORD
    if not record.is_file():
        raise InvalidInputError(
            f"no run in {folder}: expected a folder that `twinlet train --out` wrote, with "
            f"{RECORD} in it"
        )
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        tables = content["config"]
        if not isinstance(tables, dict):
            raise TypeError(f"config is {type(tables).__name__}, expected tables")
        if content["status"] not in (RUNNING, FINISHED):
            raise ValueError(f"unknown status {content['status']!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{record} is damaged: {error!r}; train again") from error
    try:
        config = TrainConfig.from_tables(tables)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{record} was written by another version of twinlet, or changed by hand: {error}; "
            f"train again"
        ) from error
    return Run(folder, config, content)


def load_twin(run: Run | str | os.PathLike[str]) -> "keras.Model":
    """Load the twin of a finished run: uint8 pixels (n, h, w, c) -> raw embeddings (n, d).

    Raises:
        InvalidInputError: The run is unfinished, or its twin is missing or damaged.
    """
    import keras

    run = run if isinstance(run, Run) else load_run(run)
    path = run.path / TWIN
    if not run.finished:
        raise InvalidInputError(
            f"{run.path} holds no finished twin (status {run.record['status']}): finish it with "
            f"`twinlet train --resume --out {run.path}`"
        )
    check_twin_there(run)
    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InvalidInputError(f"{path} is damaged: {error}; train again") from error


def check_twin_there(run: Run) -> None:
    """Refuse a finished run that has lost its twin.

    Raises:
        InvalidInputError: It has.
    """
    if not (run.path / TWIN).is_file():
        raise InvalidInputError(
            f"{run.path} is finished, but its {TWIN} is gone; put it back, or train again into "
            f"another folder"
        )


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write aside, then rename: a reader or a kill never meets half a file."""
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(aside, path)
