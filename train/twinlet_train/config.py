"""The configuration of a run: tables of `settings`, put together from files and options."""

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, get_type_hints

from twinlet.errors import InvalidInputError
from twinlet_train.presets import preset_text
from twinlet_train.settings import (
    AugmentConfig,
    DataConfig,
    FitConfig,
    LossConfig,
    ModelConfig,
)
from twinlet_train.splits import SplitConfig


@dataclass(frozen=True)
class TrainConfig:
    """All of it."""

    data: DataConfig = field(default_factory=DataConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
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
        preset: str | None = None,
        settings: Mapping[str, str] | None = None,
        epochs: int | None = None,
        minutes: float | None = None,
        base: Self | None = None,
    ) -> Self:
        """Put together what the command line gives: preset, file, settings, options, base first.

        What comes later in that order wins.

        Args:
            data: A --data SPEC.
            toml: A configuration file.
            preset: A name of `presets.PRESETS`; everything else comes after it.
            settings: `{"model.backbone": "tiny"}`, values as typed on a command line.
            epochs: Instead of fit.epochs.
            minutes: Instead of fit.minutes.
            base: Starts from this instead of the defaults, as a resumed run does.

        Raises:
            InvalidInputError: The file is missing or not TOML, a key is unknown, a value bad.
        """
        parts = {name: getattr(base, name) for name in TABLES} if base else {}
        file = read_toml(toml) if toml else {}
        nested: dict[str, dict[str, Any]] = {}
        for key, value in (settings or {}).items():
            table, _, name = key.partition(".")
            nested.setdefault(table, {})[name] = value
        for key, given in {"epochs": epochs, "minutes": minutes}.items():
            if given is not None:
                if not given > 0:
                    raise InvalidInputError(f"fit.{key} must be above 0, got {given}")
                nested.setdefault("fit", {})[key] = given
        if data is not None:
            nested.setdefault("data", {})["spec"] = data
        if preset:
            parts = _merge(parts, tomllib.loads(preset_text(preset)))
            if _merge(_merge({}, file), nested)["fit"].minutes:
                # By the clock: what the preset would take otherwise is no limit.
                parts = _merge(parts, {"fit": {"epochs": 0}})
        parts = _merge(parts, file)
        config = cls(**_merge(parts, nested))
        config.check()
        return config

    def check(self) -> None:
        """Refuse values no run can use."""
        for name in TABLES:
            getattr(self, name).check()

    def tables(self) -> dict[str, dict[str, Any]]:
        """The resolved configuration as plain tables, for TOML and JSON."""
        return {name: dataclasses.asdict(getattr(self, name)) for name in TABLES}


TABLES: dict[str, type] = {
    "data": DataConfig,
    "split": SplitConfig,
    "model": ModelConfig,
    "loss": LossConfig,
    "augment": AugmentConfig,
    "fit": FitConfig,
}


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a configuration file.

    Raises:
        InvalidInputError: It is missing or not TOML.
    """
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
        for one, other in (("halvings", "cells"), ("cells", "halvings")):
            if name == "model" and typed.get(one) and other not in typed:
                typed[other] = 0  # two ways to say the same: the later one wins
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
        either = " (true or false)" if kind is bool else ""
        raise InvalidInputError(
            f"{key} takes a value of type {kind.__name__}{either}, got {value!r}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(f"{key} must be a finite number, got {value}")
    return value
