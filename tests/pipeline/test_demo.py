"""The demo: one command from nothing to a report, that can be interrupted and run again."""

import json

import pytest

from twinlet.cli import main
from twinlet_export.commands import demo


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A demo shortened to what does not collapse; nothing else depends on how well it does."""
    out = tmp_path_factory.mktemp("demo") / "new" / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "EPOCHS", 15)
        patch.setattr(demo, "SETTINGS", {**demo.SETTINGS, "data.size": "8"})
        yield out


@pytest.fixture(scope="module")
def outcome(shown):
    return demo.run(demo_arguments(shown))


def demo_arguments(out):
    import argparse

    return argparse.Namespace(out=out)


def test_everything_is_where_it_says(outcome, shown):
    payload = outcome.payload
    assert outcome.exit_code == 0
    assert (shown / "run" / "twin.keras").is_file()
    assert (shown / "digits.twin").is_file()
    assert (shown / "report.html").is_file()
    assert len(payload["samples"]) == 20
    assert all(path in outcome.text for path in (payload["bundle"], payload["report"]))


def test_the_commands_to_try_next_work(outcome, capsys):
    for line in outcome.payload["next"]:
        assert line in outcome.text
        program, *words = line.split()
        assert program == "twinlet"
        assert main([*words, "--json"]) in (0, 1)
        assert json.loads(capsys.readouterr().out)["file"] == "litert-fp32"


def test_a_second_demo_keeps_the_training(outcome, shown):
    twin = shown / "run" / "twin.keras"
    before = twin.stat().st_mtime_ns
    again = demo.run(demo_arguments(shown))
    assert again.payload["bundle"] == outcome.payload["bundle"]
    assert twin.stat().st_mtime_ns == before


def test_a_folder_of_somebody_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear")
    assert main(["demo", "--out", str(tmp_path)]) == 2
    assert "is not empty and holds no demo" in capsys.readouterr().err
    assert main(["demo", "--out", str(tmp_path / "letter.txt")]) == 2
    assert "it is a file" in capsys.readouterr().err
    assert main(["demo", "--out", str(tmp_path / "letter.txt" / "demo")]) == 2
    assert "cannot make the folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
