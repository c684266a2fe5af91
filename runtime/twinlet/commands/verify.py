"""`twinlet verify`: decide whether two images show the same."""

import argparse
from dataclasses import asdict

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, add_file, add_fmr, held, percent
from twinlet.verifier import load

MATCH = 0
NO_MATCH = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("first", metavar="A", help="an image")
    parser.add_argument("second", metavar="B", help="the image to compare it with")
    add_fmr(parser)
    parser.add_argument(
        "--extrapolate",
        action="store_true",
        help="take an FMR below what was measured from the tail that the bundle's maker had "
        "fitted, if they had; nothing is promised then",
    )
    add_file(parser)


def run(arguments: argparse.Namespace) -> Outcome:
    """Compare the two images; exit code 0 for a match, 1 for none."""
    verifier = load(
        arguments.bundle,
        fmr=arguments.fmr,
        file=arguments.file,
        extrapolate=arguments.extrapolate,
    )
    result = verifier.verify(arguments.first, arguments.second)
    verdict, relation = ("match", ">=") if result.match else ("no match", "<")
    return Outcome(
        payload=asdict(result),
        text=f"{verdict}: similarity {percent(result.similarity)} {relation} threshold "
        f"{percent(result.threshold)} ({held(result.fmr, result.basis)}, {result.file})",
        exit_code=MATCH if result.match else NO_MATCH,
    )


COMMAND = Command(
    name="verify",
    help="Decide whether two images show the same: exit code 0 match, 1 no match, 2 trouble.",
    add_arguments=add_arguments,
    run=run,
)
