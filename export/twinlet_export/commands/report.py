"""`twinlet report`: a bundle's curves and examples as one HTML page."""

import argparse
import os
from pathlib import Path

from twinlet.bundle import Bundle
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle
from twinlet.errors import InvalidInputError


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
        InvalidInputError: The target's folder is missing, or a folder is in the way.
        BundleError: The bundle is refused.
    """
    from twinlet_export.report.page import page

    if not out.parent.is_dir():
        raise InvalidInputError(
            f"cannot write {out}: there is no folder {out.parent}; make it first"
        )
    if out.is_dir():
        raise InvalidInputError(f"cannot write {out}: it is a folder; name a file")
    content = page(Bundle.open(bundle), bundle.name).encode()
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InvalidInputError(f"cannot write {out}: {error.strerror or error}") from error
    return len(content)


COMMAND = Command(
    name="report",
    help="Write a bundle's error rates, curves and example pairs as one HTML page.",
    add_arguments=add_arguments,
    run=run,
)
