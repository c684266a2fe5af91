"""`twinlet report` through the command line."""

import json
import os
import shutil
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


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_the_bundle_itself_is_not_replaced(tmp_path, capsys, link):
    bundle = out = tmp_path / "pets.twin"
    shutil.copy(TINY, bundle)
    if link:
        out = tmp_path / "other.html"
        link(bundle, out)
    assert main(["report", str(bundle), "--out", str(out)]) == 2
    assert (
        f"cannot write {out}: it is the bundle to report on, which would be lost; name another file"
    ) in capsys.readouterr().err
    assert bundle.read_bytes() == TINY.read_bytes()
    assert out.samefile(bundle)


@pytest.mark.parametrize("content", [b"notes", b"", b"PK\x03\x04", b"not <!doctype html>"])
def test_what_is_no_page_is_not_replaced(tmp_path, capsys, content):
    out = tmp_path / "r.html"
    out.write_bytes(content)
    assert main(["report", str(TINY), "--out", str(out)]) == 2
    assert "a file that is no HTML page is there, and would be lost" in capsys.readouterr().err
    assert out.read_bytes() == content


def test_a_pipe_is_not_waited_for(tmp_path, capsys):
    out = tmp_path / "r.html"
    os.mkfifo(out)
    assert main(["report", str(TINY), "--out", str(out)]) == 2
    assert "no HTML page is there" in capsys.readouterr().err
    assert out.is_fifo()


@pytest.mark.parametrize("start", [b"<!DOCTYPE html>", b"\xef\xbb\xbf\r\n <html lang='en'>"])
def test_a_page_is_replaced(tmp_path, start):
    out = tmp_path / "r.html"
    out.write_bytes(start)
    assert main(["report", str(TINY), "--out", str(out)]) == 0
    assert out.stat().st_size > 1000
