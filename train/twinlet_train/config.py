"""The configuration of a run: four tables, each key with its default and meaning."""

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, get_type_hints

from twinlet.errors import InvalidInputError
from twinlet_train.data.uniform import MEMORY_MB
from twinlet_train.splits import SplitConfig


@dataclass(frozen=True)
class DataConfig:
    """Where the images come from and what is done to them before anything else."""

    spec: str = ""  # a --data SPEC
    size: int = 0  # side in pixels every image is resized to; 0 keeps the size they share
    channels: int = 0  # 1 grey, 3 RGB; 0 as the images are or the backbone needs
    memory_mb: int = MEMORY_MB  # MiB of decoded images kept in memory; more stream from disk


@dataclass(frozen=True)
class ModelConfig:
    """The twin."""

    backbone: str = "mobilenetv2"  # mobilenetv2 or tiny
    weights: str = "auto"  # imagenet, none, a weights file; auto: imagenet where there is one
    embedding: int = 128  # numbers in a template
    bn_momentum: float = 0.9  # of the moving batch-normalisation statistics


@dataclass(frozen=True)
class FitConfig:
    """How the twin is trained."""

    recipe: str = "online"  # online (P classes x K samples a batch) or fixed (triplets)
    mining: str = "semi-hard"  # online: semi-hard or batch-all
    margin: float = 0.4  # cosine distance, in (0, 2)
    learning_rate: float = 1e-3  # Adam
    schedule: str = "cosine"  # falls to a hundredth over fit.epochs; or constant
    epochs: int = 20  # at most
    minutes: float = 0.0  # stop after the epoch that passes this many minutes; 0: no limit
    patience: int = 4  # epochs without improvement before stopping
    classes_per_batch: int = 10  # online: P, or all classes when there are fewer
    samples_per_class: int = 12  # online: K
    triplets: int = 30000  # fixed: how many, drawn once
    batch: int = 64  # fixed: triplets a step
    flip: bool = False  # online: mirror half of the images; wrong for digits and letters
    shift: int = 0  # online: move each image by up to this many pixels
    seed: int = 0  # weights, batches, triplets
    tensorboard: bool = False  # write logs for TensorBoard into the run folder


@dataclass(frozen=True)
class TrainConfig:
    """All of it."""

    data: DataConfig = field(default_factory=DataConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    fit: FitConfig = field(default_factory=FitConfig)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Self:
        """Read a parsed TOML document, each key checked against its type.

        Raises:
            InvalidInputError: An unknown table or key, or a value of another type.
        """
        return cls(**_merge({}, tables))

    @classmethod
    def from_options(
        cls,
        data: str | None,
        *,
        toml: Path | None = None,
        settings: Mapping[str, str] | None = None,
        epochs: int | None = None,
        minutes: float | None = None,
        base: Self | None = None,
    ) -> Self:
        """Put together what the command line gives; later ones win: file, settings, options.

        Args:
            data: A --data SPEC.
            toml: A configuration file.
            settings: `{"model.backbone": "tiny"}`, values as typed on a command line.
            epochs: Instead of fit.epochs.
            minutes: Instead of fit.minutes.
            base: Starts from this instead of the defaults, as a resumed run does.

        Raises:
            InvalidInputError: The file is missing or not TOML, a key is unknown, a value bad.
        """
        parts = {name: getattr(base, name) for name in TABLES} if base else {}
        if toml:
            parts = _merge(parts, _read(toml))
        nested: dict[str, dict[str, Any]] = {}
        for key, value in (settings or {}).items():
            table, _, name = key.partition(".")
            nested.setdefault(table, {})[name] = value
        for key, given in {"epochs": epochs, "minutes": minutes}.items():
            if given is not None:
                nested.setdefault("fit", {})[key] = given
        if data is not None:
            nested.setdefault("data", {})["spec"] = data
        config = cls(**_merge(parts, nested))
        config.check()
        return config

    def check(self) -> None:
        """Refuse values no run can use."""
        if not self.data.spec:
            raise InvalidInputError("no data named; expected --data SPEC or data.spec in the file")
        positive = ("epochs", "patience", "classes_per_batch", "samples_per_class")
        for key in (*positive, "triplets", "batch", "learning_rate"):
            if getattr(self.fit, key) <= 0:
                raise InvalidInputError(f"fit.{key} must be above 0, got {getattr(self.fit, key)}")
        for key, known in {
            "recipe": ("online", "fixed"),
            "mining": ("semi-hard", "batch-all"),
            "schedule": ("constant", "cosine"),
        }.items():
            if getattr(self.fit, key) not in known:
                raise InvalidInputError(
                    f"unknown fit.{key} {getattr(self.fit, key)!r}; expected {' or '.join(known)}"
                )
        if not 0.0 < self.fit.margin < 2.0:
            raise InvalidInputError(
                f"fit.margin must lie between 0 and 2, as cosine distances do, got "
                f"{self.fit.margin:g}"
            )
        if self.fit.minutes < 0 or self.fit.shift < 0 or self.data.size < 0:
            raise InvalidInputError("fit.minutes, fit.shift and data.size cannot be negative")
        if self.data.memory_mb < 0:
            raise InvalidInputError(
                f"data.memory_mb must be at least 0, got {self.data.memory_mb}; 0 streams all "
                f"images from disk"
            )
        if self.model.embedding < 2:
            raise InvalidInputError(
                f"model.embedding must be at least 2, got {self.model.embedding}"
            )
        if not 0.0 < self.model.bn_momentum < 1.0:
            raise InvalidInputError(
                f"model.bn_momentum must lie between 0 and 1, got {self.model.bn_momentum}"
            )

    def tables(self) -> dict[str, dict[str, Any]]:
        """The resolved configuration as plain tables, for TOML and JSON."""
        return {name: dataclasses.asdict(getattr(self, name)) for name in TABLES}


TABLES: dict[str, type] = {
    "data": DataConfig,
    "split": SplitConfig,
    "model": ModelConfig,
    "fit": FitConfig,
}


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InvalidInputError(f"cannot read the configuration {path}: {error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is not a TOML file: {error}") from error


def _merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables of changes over ready tables; every key and type is checked."""
    merged = {name: base.get(name, table()) for name, table in TABLES.items()}
    for name, values in changes.items():
        if name not in TABLES or not isinstance(values, Mapping):
            raise InvalidInputError(
                f"unknown setting {name!r}; expected TABLE.KEY=VALUE with a table of "
                f"{', '.join(TABLES)}"
            )
        hints = get_type_hints(TABLES[name])
        for key in values:
            if key not in hints:
                near = difflib.get_close_matches(key, hints, n=1)
                hint = f"; did you mean {name}.{near[0]}?" if near else ""
                raise InvalidInputError(
                    f"unknown setting {name}.{key}; {name} has {', '.join(hints)}{hint}"
                )
        typed = {key: _typed(f"{name}.{key}", value, hints[key]) for key, value in values.items()}
        merged[name] = dataclasses.replace(merged[name], **typed)
    return merged


def _typed(key: str, value: object, kind: type) -> object:
    """Turn a TOML value or command-line text into the type of its key."""
    if kind is bool and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    elif kind in (int, float) and isinstance(value, str):
        try:
            value = kind(value)
        except ValueError:
            pass  # refused below, as text
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidInputError(f"{key} takes a value of type {kind.__name__}, got {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(f"{key} must be a finite number, got {value}")
    return value
