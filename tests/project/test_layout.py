"""House rules that a linter does not know."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("runtime", "train", "export", "tests", "benchmarks")
LONGEST = 300  # lines; a longer file holds more than one concept

SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
BUILD_FILES = [ROOT / name for name in ("pyproject.toml", "Makefile", ".ci/run")]
TEXTS = [
    *SOURCES,
    *BUILD_FILES,
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.md")),
]


def name_of(path):
    return str(path.relative_to(ROOT))


def lines_with(pattern, paths):
    found = re.compile(pattern)
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if found.search(line)
    ]


def test_the_sources_are_found():
    names = set(map(name_of, SOURCES))
    assert {"runtime/twinlet/cli.py", "tests/project/test_layout.py"} <= names


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_one_concept(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_there_is_no_room_for_utilities():
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name_of(path) for path in SOURCES if path.stem in drawers] == []


def test_source_folders_hold_only_their_package():
    """An editable install puts them on `sys.path`: whatever lies there can be imported."""
    packages = {"runtime": "twinlet", "train": "twinlet_train", "export": "twinlet_export"}
    for room, package in packages.items():
        modules = {
            entry.name
            for entry in (ROOT / room).iterdir()
            if entry.suffix != ".md" and entry.name != "__pycache__" and entry.name[0] != "."
        }
        assert modules == {package}


def test_no_path_of_one_machine():
    """`/usr/share` is where Debian puts data sets: the same on every machine."""
    spelled = "|".join(("home", "root", "work", "tmp", "Users"))
    assert lines_with(rf"(?<![\w.}}$)*])/({spelled})/", TEXTS) == []


def test_no_pickle():
    forbidden = "|".join(("pick" + "le", "job" + "lib", "dill", "shelve", "marshal"))
    assert lines_with(rf"^\s*(import|from)\s+({forbidden})\b", SOURCES) == []
    assert lines_with(r"allow_pick" + r"le\s*=\s*True", SOURCES) == []


def test_the_build_names_no_host_and_no_index():
    assert lines_with(r"https?://|(extra-)?index-url|find-links|trusted-host", BUILD_FILES) == []


def test_the_version_is_written_once():
    version = (ROOT / "runtime/twinlet/_version.py").read_text(encoding="utf-8").split('"')[-2]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert lines_with(rf'version\s*=+\s*"{re.escape(version)}"', [ROOT / "pyproject.toml"]) == []
