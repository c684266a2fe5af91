"""The command line: one way in and one way out for every command.

A command's module is imported only when it is called, because the table also names commands of
the train and export packages, whose requirements an app does not have.
"""

import argparse
import difflib
import importlib
import importlib.util
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from twinlet._version import __version__
from twinlet.command import Command, Outcome
from twinlet.commands.table import COMMANDS, Entry
from twinlet.console import discard_stdout, stdout_reserved
from twinlet.errors import MissingExtraError, TwinletError
from twinlet.messages import messages_shown

TROUBLE = 2  # 1 is an answer: no match, unknown
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
READER_GONE = 141  # 128 + SIGPIPE


class UsageError(TwinletError):
    """The words on the command line do not form a command."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of exiting, so that `--json` covers usage too."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The words after `twinlet`; by default the process's own.

    Returns:
        The exit code: the command's own (0, or 1 for a negative answer), 2 for trouble, 130
        when interrupted, 141 when the reader of the result went away.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    name = words[0] if words and words[0] in COMMANDS else ""
    as_json = "--json" in words
    try:
        outcome = _run(name, words)
        answer = _dump(outcome.payload) if as_json else outcome.text
    except SystemExit as stop:  # --help and --version, already printed
        return _write("") or int(stop.code or 0)
    except KeyboardInterrupt:
        return _fail(name, "Interrupted", "interrupted", as_json=as_json, code=INTERRUPTED)
    except (TwinletError, OSError, MemoryError) as error:
        return _fail(name, type(error).__name__, str(error) or "out of memory", as_json=as_json)
    except Exception as error:
        # A defect of twinlet's. Python's own exit code 1 would read as "no match".
        traceback.print_exc()
        message = f"internal error: {type(error).__name__}: {error}; please report it"
        return _fail(name, "InternalError", message, as_json=as_json)
    return _write(answer + "\n") or outcome.exit_code


def _run(name: str, words: list[str]) -> Outcome:
    if not name:
        _answer_without_command(words)
    entry = COMMANDS[name]
    if not {"-h", "--help"} & set(words):
        _check_installed(name, entry)
    command = _load_command(name, entry)
    parser = _Parser(prog=f"twinlet {name}", description=command.help, allow_abbrev=False)
    command.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    arguments = parser.parse_args(words[1:])
    with stdout_reserved(), messages_shown():
        try:
            return command.run(arguments)
        except ModuleNotFoundError as error:
            raise _missing(name, entry, error) from error


def _answer_without_command(words: list[str]) -> NoReturn:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:<{width}}  {entry.help}" for name, entry in COMMANDS.items())
    parser = _Parser(
        prog="twinlet",
        usage="twinlet COMMAND [OPTIONS]",
        description="Are these two the same? A calibrated verifier for the device.",
        epilog=f"commands:\n{listing}\n\n`twinlet COMMAND --help` explains each one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"twinlet {__version__}")
    parser.parse_known_args(words[:1])  # --help and --version end here
    names = ", ".join(COMMANDS)
    if not words:
        parser.error(f"expected a command ({names}), got nothing")
    close = difflib.get_close_matches(words[0], COMMANDS, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    parser.error(f"expected a command first ({names}), got '{words[0]}'{hint}")


def _load_command(name: str, entry: Entry) -> Command:
    with stdout_reserved():
        try:
            module = importlib.import_module(entry.module)
        except ModuleNotFoundError as error:
            raise _missing(name, entry, error) from error
    command: Command = module.COMMAND
    return command


def _check_installed(name: str, entry: Entry) -> None:
    absent = [module for module in entry.needs if importlib.util.find_spec(module) is None]
    if absent:
        raise MissingExtraError(_missing_message(name, entry, ", ".join(absent)))


def _missing(name: str, entry: Entry, error: ModuleNotFoundError) -> Exception:
    """Turn a failed import of somebody else's module into the install line that helps."""
    absent = (error.name or "").partition(".")[0]
    if not entry.extra or absent.startswith("twinlet"):
        return error
    return MissingExtraError(_missing_message(name, entry, absent))


def _missing_message(name: str, entry: Entry, absent: str) -> str:
    return (
        f"`twinlet {name}` needs {absent}, not installed here; "
        f"run: pip install 'twinlet[{entry.extra}]'"
    )


def _dump(payload: Mapping[str, Any]) -> str:
    # NaN and Infinity are not JSON; ASCII survives every terminal's encoding.
    return json.dumps(payload, allow_nan=False, ensure_ascii=True)


def _fail(name: str, kind: str, message: str, *, as_json: bool, code: int = TROUBLE) -> int:
    if sys.stderr is not None:
        print(f"{f'twinlet {name}'.strip()}: error: {message}", file=sys.stderr)
    if as_json:
        return _write(_dump({"error": {"kind": kind, "message": message}}) + "\n") or code
    return code


def _write(text: str) -> int:
    """Write the result; 0, or the exit code when it could not be written."""
    if sys.stdout is None:  # started with standard output closed: only the exit code is wanted
        return 0
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
        return READER_GONE
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        return _write(text.encode(encoding, "backslashreplace").decode(encoding))
    except OSError as error:
        discard_stdout()
        return _fail("", type(error).__name__, f"cannot write the result: {error}", as_json=False)
    return 0
