"""The way in and out that all commands share, with commands made up for the purpose."""

import json
import os
import subprocess
import sys
import types

import pytest

from twinlet import cli
from twinlet.command import Command, Outcome
from twinlet.commands.table import COMMANDS, Entry
from twinlet.errors import CalibrationError


@pytest.fixture
def command(monkeypatch):
    """Install a function as the command `probe`."""

    def install(run, extra="", needs=()):
        def add_arguments(parser):
            parser.add_argument("--number", type=int)

        module = types.ModuleType("made_up_command")
        module.COMMAND = Command("probe", "Probe 100% of it.", add_arguments, run)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(cli, "COMMANDS", {"probe": Entry(module.__name__, "h", extra, needs)})

    return install


def raising(error):
    def run(_arguments):
        raise error

    return run


def test_a_person_reads_the_text_and_a_program_the_payload(command, capsys):
    command(lambda arguments: Outcome({"number": arguments.number}, "the number", exit_code=1))
    assert cli.main(["probe", "--number", "3"]) == 1
    assert capsys.readouterr().out == "the number\n"
    assert cli.main(["probe", "--number", "3", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"number": 3}
    assert captured.err == ""


def test_noise_of_a_command_goes_to_stderr(command, capfd):
    def run(_arguments):
        sys.stdout.write("python noise\n")
        os.write(1, b"native noise\n")
        return Outcome({}, "result")

    command(run)
    assert cli.main(["probe"]) == 0
    captured = capfd.readouterr()
    assert captured.out == "result\n"
    assert "python noise" in captured.err
    assert "native noise" in captured.err


def test_an_error_is_one_line_and_one_object(command, capsys):
    command(raising(CalibrationError("too few comparisons")))
    assert cli.main(["probe"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "twinlet probe: error: too few comparisons\n"
    assert captured.out == ""
    assert cli.main(["probe", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "error": {"kind": "CalibrationError", "message": "too few comparisons"}
    }


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (FileNotFoundError(2, "No such file or directory", "x.png"), 2, "FileNotFoundError"),
        (OSError(28, "No space left on device"), 2, "OSError"),
        (MemoryError(), 2, "MemoryError"),
        (KeyboardInterrupt(), 130, "Interrupted"),
    ],
)
def test_the_systems_troubles_have_no_traceback(command, capsys, error, code, kind):
    command(raising(error))
    assert cli.main(["probe", "--json"]) == code
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"]["kind"] == kind
    assert captured.err.count("\n") == 1
    assert not captured.err.endswith("error: \n")


def test_a_defect_is_trouble_not_an_answer(command, capsys):
    """Python's own exit code for it, 1, would read as "no match"."""
    command(raising(ZeroDivisionError("by zero")))
    assert cli.main(["probe"]) == 2
    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert "internal error: ZeroDivisionError: by zero" in captured.err


def test_a_number_that_json_does_not_have_is_a_defect(command, capsys):
    command(lambda _: Outcome({"similarity": float("nan")}, "x"))
    assert cli.main(["probe", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "InternalError"


def test_text_that_the_terminal_cannot_show_is_escaped(command, monkeypatch, tmp_path):
    command(lambda _: Outcome({}, "caf\u00e9 \udcff"))
    with open(tmp_path / "out", "w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert cli.main(["probe"]) == 0
    assert (tmp_path / "out").read_text() == "caf\\xe9 \\udcff\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "expected a command (probe), got nothing"),
        (["prob"], "expected a command first (probe), got 'prob'; did you mean 'probe'?"),
        (["--json"], "expected a command first (probe), got '--json'"),
        (["probe", "--number", "three"], "argument --number: invalid int value: 'three'"),
        (["probe", "--numb", "3"], "unrecognized arguments: --numb 3"),
        (["probe", "stray"], "unrecognized arguments: stray"),
    ],
)
def test_wrong_usage(command, capsys, argv, message):
    command(lambda _: Outcome({}, ""))
    assert cli.main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == "" or json.loads(captured.out)["error"]["message"] == message
    assert captured.err.startswith("usage: twinlet")
    assert captured.err.endswith(f"error: {message}\n")


def test_wrong_usage_as_json(command, capsys):
    command(lambda _: Outcome({}, ""))
    assert cli.main(["probe", "stray", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "error": {"kind": "UsageError", "message": "unrecognized arguments: stray"}
    }


def test_a_missing_extra_is_named_before_the_command_runs(command, capsys):
    command(raising(AssertionError), extra="train", needs=("json", "no_such_module"))
    assert cli.main(["probe"]) == 2
    assert capsys.readouterr().err == (
        "twinlet probe: error: `twinlet probe` needs no_such_module, not installed here; "
        "run: pip install 'twinlet[train]'\n"
    )
    assert cli.main(["probe", "--help"]) == 0  # help needs nothing


def test_an_import_that_fails_on_the_way_names_the_extra_too(command, capsys):
    command(raising(ModuleNotFoundError("no", name="deep.inside")), extra="export")
    assert cli.main(["probe"]) == 2
    assert "needs deep, not installed here" in capsys.readouterr().err


def test_a_module_of_our_own_that_is_missing_is_a_defect(command, capsys):
    command(raising(ModuleNotFoundError("no", name="twinlet.typo")), extra="export")
    assert cli.main(["probe"]) == 2
    assert "internal error" in capsys.readouterr().err


def test_help_lists_every_command(capsys):
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert f"  {name} " in out
        assert entry.help in out


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"twinlet {cli.__version__}\n"


def process(*words, **options):
    command = [sys.executable, "-m", "twinlet", *words]
    # Unbuffered, argparse itself meets the error of its help text, and ignores it.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, env=buffered, **options)


def test_a_reader_that_went_away_is_no_traceback():
    read, write = os.pipe()
    os.close(read)
    try:
        done = process("--help", stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_result_that_cannot_be_written_is_trouble():
    with open("/dev/full", "w") as full:
        done = process("--version", stdout=full)
    assert done.returncode == 2
    assert "cannot write the result" in done.stderr
    assert "Traceback" not in done.stderr
