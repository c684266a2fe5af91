"""`twinlet verify`: decide whether two images show the same."""

import argparse
import math
from dataclasses import asdict
from typing import Any

from twinlet.calibration import Basis
from twinlet.command import Command, Outcome
from twinlet.commands.arguments import add_bundle, add_file, add_fmr, held, percent, prior
from twinlet.encodings import Pairing
from twinlet.likelihood import Knots
from twinlet.verifier import Verification, load

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
    parser.add_argument(
        "--prior",
        metavar="P",
        type=prior,
        help="also tell the probability that the two are the same, where P is what it is before "
        "looking: the share of such pairs among all that are compared, strictly between 0 and 1",
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
    if arguments.prior is not None:
        verifier.entry.likelihood_for(Pairing.FLOAT32)  # refused before any image is read
    result = verifier.verify(arguments.first, arguments.second)
    verdict, relation = ("match", ">=") if result.match else ("no match", "<")
    payload = _payload(result)
    behind = held(result.fmr, result.basis, unit=result.unit)
    lines = [
        f"{verdict}: similarity {percent(result.similarity)} {relation} threshold "
        f"{percent(result.threshold)} ({behind}, {result.file})"
    ]
    if arguments.prior is not None:
        ratio = verifier.likelihood(result.similarity)
        chance = verifier.probability(result.similarity, arguments.prior)
        payload |= {
            "log_likelihood_ratio": ratio,
            "prior": arguments.prior,
            "probability": chance,
        }
        lines += [
            _evidence(ratio, verifier.entry.likelihood_for(Pairing.FLOAT32).knots),
            f"probability that they are the same: {_chance(chance)}, at a prior of "
            f"{percent(arguments.prior)}",
        ]
    return Outcome(payload, "\n".join(lines), exit_code=MATCH if result.match else NO_MATCH)


def _payload(result: Verification) -> dict[str, Any]:
    """What `--json` prints; what stands behind the threshold only if strangers get no promise."""
    payload = asdict(result)
    # The rule of `identify --json`: a bound that knows only other images of the same identities
    # says nothing of strangers.
    if result.basis is Basis.BOUND and result.unit != "image":
        del payload["basis"], payload["unit"]
    return payload


def _evidence(ratio: float, knots: Knots) -> str:
    kinds = ("the same", "two different") if ratio >= 0.0 else ("two different", "the same")
    most = ", the most that the bundle supports" if ratio in (knots[0][1], knots[-1][1]) else ""
    return (
        f"log-likelihood ratio {ratio:+.2f}: such a similarity is {math.exp(abs(ratio)):.3g} times "
        f"as frequent for {kinds[0]} as for {kinds[1]}{most}"
    )


def _chance(value: float) -> str:
    """Write a probability without rounding it to certainty."""
    return "above 99.99 %" if value > 0.9999 else percent(value)


COMMAND = Command(
    name="verify",
    help="Decide whether two images show the same: exit code 0 match, 1 no match, 2 trouble.",
    add_arguments=add_arguments,
    run=run,
)
