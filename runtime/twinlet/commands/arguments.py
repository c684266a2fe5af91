"""Arguments that several commands share, checked before any bundle is opened."""

import argparse
import math
from collections.abc import Callable

from twinlet.calibration import Basis, check_fmr, check_rate
from twinlet.errors import InvalidInputError
from twinlet.likelihood import check_prior


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Add the bundle, the first word of every command that decides."""
    parser.add_argument("bundle", metavar="NAME.twin", help="the bundle: a file or its folder")


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add `--file`, the choice among the bundle's files."""
    parser.add_argument(
        "--file",
        metavar="F",
        help="which of the bundle's files decides, such as litert-int8; by default the most "
        "precise one whose engine is installed",
    )


def add_fmr(parser: argparse.ArgumentParser) -> None:
    """Add `--fmr`, the target False Match Rate."""
    parser.add_argument(
        "--fmr",
        metavar="F",
        type=fmr,
        help="False Match Rate to hold, above 0 and at most 0.5; by default the bundle's own",
    )


def add_gallery(parser: argparse.ArgumentParser) -> None:
    """Add `--gallery`, the file that holds the enrolled templates."""
    parser.add_argument("--gallery", metavar="G", required=True, help="the gallery's file")


def fmr(text: str) -> float:
    """Parse a False Match Rate."""
    return _between(text, check_fmr)


def fpir(text: str) -> float:
    """Parse a False Positive Identification Rate."""
    return _between(text, lambda rate: check_rate(rate, "FPIR"))


def prior(text: str) -> float:
    """Parse the probability of a mated comparison before anything is compared."""
    return _between(text, check_prior)


def count(text: str) -> int:
    """Parse a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got '{text}'")
    return number


def minutes(text: str) -> float:
    """Parse a time above 0."""
    number = _finite(text)
    if not number > 0.0:
        raise argparse.ArgumentTypeError(f"expected minutes, a number above 0, got '{text}'")
    return number


def minutes_or_none(text: str) -> float:
    """Parse a time, 0 for none at all."""
    number = _finite(text)
    if not number >= 0.0:
        raise argparse.ArgumentTypeError(f"expected minutes, 0 or more, got '{text}'")
    return number


def finite(text: str) -> float:
    """Parse a number that is neither infinite nor NaN."""
    number = _finite(text)
    if math.isnan(number):
        raise argparse.ArgumentTypeError(f"expected a finite number, got '{text}'")
    return number


def _finite(text: str) -> float:
    """Read a number; NaN, which no comparison holds for, for what is none or not finite."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _between(text: str, check: Callable[[float], None]) -> float:
    try:
        rate = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a number strictly between 0 and 1, such as 0.01, got '{text}'"
        ) from None
    try:
        check(rate)
    except InvalidInputError as error:
        # argparse replaces the text of any other ValueError by its own.
        raise argparse.ArgumentTypeError(str(error)) from None
    return rate


def held(rate: float, basis: Basis, name: str = "FMR", unit: str = "identity") -> str:
    """Say for a person what stands behind a threshold, and for whom a promise holds."""
    if basis is Basis.BOUND and unit != "identity":
        return f"{name} at most {percent(rate)}{WHOM[unit]}"
    return {
        Basis.BOUND: f"{name} at most {percent(rate)}",
        Basis.ESTIMATE: f"{name} about {percent(rate)}, a point estimate that promises nothing",
        Basis.EXTRAPOLATED: f"{name} about {percent(rate)}, extrapolated beyond all that was "
        "measured",
    }[basis]


WHOM = {
    "image": " for other images of the identities it was calibrated with",
    "comparison": " if the comparisons it was calibrated with are independent",
}


def percent(value: float) -> str:
    """Write a share of 1 for a person: 0.00123 is `0.123 %`."""
    return f"{100 * value:.4g} %"
