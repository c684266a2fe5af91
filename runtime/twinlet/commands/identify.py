"""`twinlet identify`: find an image's identity in a gallery, or say that it is unknown."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twinlet.calibration import Basis
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import (
    add_bundle,
    add_file,
    add_gallery,
    count,
    fpir,
    held,
    percent,
)
from twinlet.commands.galleries import load_for
from twinlet.errors import GalleryError
from twinlet.gallery import Gallery, Identification

SOMEONE = 0
UNKNOWN = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    add_gallery(parser)
    parser.add_argument("image", metavar="IMAGE", help="the image to identify")
    parser.add_argument(
        "--top", metavar="K", type=count, default=5, help="how many candidates to rank (5)"
    )
    parser.add_argument(
        "--fpir",
        metavar="F",
        type=fpir,
        help="False Positive Identification Rate to hold: how often somebody who is not in the "
        "gallery may be taken for somebody who is",
    )
    parser.add_argument(
        "--extrapolate",
        action="store_true",
        help="take the threshold for a large gallery from the tail that the bundle's maker had "
        "fitted, if they had; nothing is promised then",
    )
    add_file(parser)


def run(arguments: argparse.Namespace) -> Outcome:
    """Rank the gallery's identities; exit code 0 for someone, 1 for unknown."""
    if not Path(arguments.gallery).exists():
        # Opening would make an empty one, and everybody would be unknown in it.
        raise GalleryError(
            f"there is no gallery at {arguments.gallery}; check the path, or make one with "
            f"`twinlet enroll`"
        )
    verifier = load_for(
        arguments.gallery,
        arguments.bundle,
        file=arguments.file,
        extrapolate=arguments.extrapolate,
    )
    with Gallery.open(arguments.gallery, verifier) as gallery:
        found = gallery.identify(arguments.image, top=arguments.top, fpir=arguments.fpir)
    return Outcome(
        payload=_payload(found),
        text=_sentence(found),
        exit_code=UNKNOWN if found.unknown else SOMEONE,
    )


def _payload(found: Identification) -> dict[str, Any]:
    """What `--json` prints; what stands behind the threshold only where it is no promise."""
    payload = asdict(found)
    if found.promised:
        del payload["basis"], payload["unit"]
        return payload
    return payload | {"promised": False}


def _sentence(found: Identification) -> str:
    ranking = [
        f"  {rank}. {candidate.id}  {percent(candidate.similarity)}"
        for rank, candidate in enumerate(found.candidates, 1)
    ]
    if not ranking:
        return "unknown: the gallery is empty"
    verdict = "unknown" if found.unknown else found.candidates[0].id
    limit = f"(threshold {percent(found.threshold)}, {_rate(found)})"
    return "\n".join((f"{verdict} {limit}", *ranking))


def _rate(found: Identification) -> str:
    if found.basis is Basis.BOUND and not found.promised:
        return (
            f"FPIR about {percent(found.fpir)}: promised for other images of the identities it was "
            f"calibrated with, not for strangers"
        )
    return held(found.fpir, found.basis, "FPIR", found.unit)


COMMAND = Command(
    name="identify",
    help="Find an image's identity in a gallery: exit code 0 someone, 1 unknown, 2 trouble.",
    add_arguments=add_arguments,
    run=run,
)
