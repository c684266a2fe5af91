"""What a command is: arguments in, one outcome out. Only `cli.py` prints."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a command has to say."""

    payload: Mapping[str, Any]  # the object `--json` prints: JSON types only, finite numbers
    text: str  # what a person reads without `--json`
    exit_code: int = 0


@dataclass(frozen=True)
class Command:
    """One command of the command line; every `commands/*.py` holds one, named COMMAND."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Outcome]
