"""`twinlet report`: a bundle's curves and examples as one HTML page."""

import argparse
import codecs
import os
from pathlib import Path

from twinlet.bundle import Bundle
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle
from twinlet.errors import InvalidInputError

PAGE_STARTS = (b"<!doctype html", b"<html")  # in lower case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument(
        "--out", metavar="REPORT.html", type=Path, required=True, help="the page to write"
    )


def run(arguments: argparse.Namespace) -> Outcome:
    """Write the page of a verified bundle."""
    size = write_report(Path(arguments.bundle), arguments.out)
    return Outcome(
        payload={"report": str(arguments.out), "bytes": size},
        text=f"{arguments.out}: {size / 1e3:.0f} kB, self-contained; open it in a browser",
    )


def write_report(bundle: Path, out: Path) -> int:
    """Write the page aside, then move it into place.

    Returns:
        Its size in bytes.

    Raises:
        InvalidInputError: The target's folder is missing, or a folder, the bundle itself or a
            file that is no HTML page is in the way.
        BundleError: The bundle is refused.
    """
    from twinlet_export.report.page import page

    _check_target(out, bundle)
    content = page(Bundle.open(bundle), bundle.name).encode()
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InvalidInputError(f"cannot write {out}: {error.strerror or error}") from error
    return len(content)


def _check_target(out: Path, bundle: Path) -> None:
    """Refuse a path that is no place for a page, or where something else would be lost."""
    if not out.parent.is_dir():
        raise InvalidInputError(
            f"cannot write {out}: there is no folder {out.parent}; make it first"
        )
    if out.is_dir():
        raise InvalidInputError(f"cannot write {out}: it is a folder; name a file")
    if not out.exists():
        return
    if bundle.exists() and out.samefile(bundle):
        raise InvalidInputError(
            f"cannot write {out}: it is the bundle to report on, which would be lost; name another "
            f"file"
        )
    if not _is_page(out):
        raise InvalidInputError(
            f"cannot write {out}: a file that is no HTML page is there, and would be lost; choose "
            f"another name, or remove it first"
        )


def _is_page(path: Path) -> bool:
    """Whether a file begins as an HTML page does, such as an earlier report."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError:
        return False
    return start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(PAGE_STARTS)


COMMAND = Command(
    name="report",
    help="Write a bundle's error rates, curves and example pairs as one HTML page.",
    add_arguments=add_arguments,
    run=run,
)
