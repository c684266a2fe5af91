"""`twinlet enroll`: add an identity's images to a gallery."""

import argparse

from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, add_file, add_gallery
from twinlet.commands.galleries import load_for
from twinlet.encodings import Encoding
from twinlet.gallery import Gallery
from twinlet.gallery.ids import check_id


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    add_gallery(parser)
    parser.add_argument("id", metavar="ID", help="whom the images show")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="images of that identity")
    parser.add_argument(
        "--templates",
        choices=[encoding.value for encoding in Encoding],
        help="how a new gallery keeps templates (float32); int8 takes a quarter of the room. An "
        "existing gallery stays as it is",
    )
    add_file(parser)


def run(arguments: argparse.Namespace) -> Outcome:
    """Enrol all the images or, when one of them or the id is unusable, none."""
    # Before the gallery is opened: what is unusable must not leave an empty gallery behind.
    check_id(arguments.id)
    verifier = load_for(arguments.gallery, arguments.bundle, file=arguments.file)
    templates = verifier.templates(arguments.images)
    with Gallery.open(arguments.gallery, verifier, templates=arguments.templates) as gallery:
        added = gallery.enroll(arguments.id, templates)
        identities = len(gallery)
    return Outcome(
        payload={
            "id": arguments.id,
            "enrolled": added,
            "identities": identities,
            "templates": gallery.templates,
            "file": verifier.file,
            "bundle_id": verifier.bundle_id,
        },
        text=f"enrolled {_some(added, 'image', 'images')} of {arguments.id}; "
        f"{arguments.gallery} holds {_some(identities, 'identity', 'identities')}",
    )


def _some(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}"


COMMAND = Command(
    name="enroll",
    help="Add images of one identity to a gallery; the gallery is made if it is not there.",
    add_arguments=add_arguments,
    run=run,
)
