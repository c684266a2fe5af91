import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from twinlet.commands.table import COMMANDS

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says(name):
    assert find_spec(COMMANDS[name].module) is not None
    assert COMMANDS[name].module.rpartition(".")[2] == name


@pytest.mark.parametrize("name", COMMANDS)
def test_an_extra_that_a_message_names_exists(name):
    extra = COMMANDS[name].extra
    # What needs nothing may still have options that do: `calibrate --data`.
    assert extra or not COMMANDS[name].needs
    if extra:
        assert re.search(rf"^{extra} = \[", PYPROJECT.read_text(encoding="utf-8"), re.MULTILINE)
