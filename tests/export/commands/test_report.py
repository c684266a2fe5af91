"""`twinlet report` through the command line."""

import json
from pathlib import Path

import pytest

from twinlet.cli import main

TINY = Path(__file__).parents[2] / "data" / "tiny.twin"


def test_it_writes_the_page(tmp_path, capsys):
    out = tmp_path / "r.html"
    assert main(["report", str(TINY), "--out", str(out), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"report": str(out), "bytes": out.stat().st_size}
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.parametrize(
    ("bundle", "out", "message"),
    [
        (str(TINY), "missing/r.html", "there is no folder"),
        (str(TINY), ".", "it is a folder"),
        ("nothing.twin", "r.html", "nothing.twin"),
    ],
)
def test_what_cannot_be_written_or_read(tmp_path, capsys, bundle, out, message):
    assert main(["report", bundle, "--out", str(tmp_path / out)]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
