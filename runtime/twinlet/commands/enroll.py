"""`twinlet enroll`: add an identity's images to a gallery."""

import argparse

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, add_file, add_gallery
from twinlet.commands.galleries import open_gallery


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    add_gallery(parser)
    parser.add_argument("id", metavar="ID", help="whom the images show")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="images of that identity")
    add_file(parser)


def run(arguments: argparse.Namespace) -> Outcome:
    """Enrol all the images or, when one of them is unusable, none."""
    with open_gallery(arguments) as gallery:
        added = gallery.enroll(arguments.id, arguments.images)
        identities = len(gallery)
    return Outcome(
        payload={
            "id": arguments.id,
            "enrolled": added,
            "identities": identities,
            "gallery": arguments.gallery,
        },
        text=f"enrolled {added} image{'s' * (added != 1)} of {arguments.id}; "
        f"{arguments.gallery} now holds {identities} identit{'y' if identities == 1 else 'ies'}",
    )


COMMAND = Command(
    name="enroll",
    help="Add images of one identity to a gallery; the gallery is made if it is not there.",
    add_arguments=add_arguments,
    run=run,
)
