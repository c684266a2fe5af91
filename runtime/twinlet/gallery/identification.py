"""Who is this? Ranking enrolled identities, and unknown as an answer of its own."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twinlet import scores
from twinlet.calibration import Basis, Calibration, CurvePoint, check_rate
from twinlet.compact import Numbers, dots, lengths
from twinlet.errors import CalibrationError

# False positive identification rate when none is asked for: one unknown in twenty may be
# taken for somebody. It is a starting point for trying things out, not a recommendation.
DEFAULT_FPIR = 0.05

# Templates that are compared again at once: of 128 numbers, 4 MiB of float64.
_BLOCK = 4096


@dataclass(frozen=True)
class Candidate:
    """An enrolled identity that a probe was compared with."""

    id: str
    similarity: float  # angular, in [0, 1]: the best over the identity's templates


@dataclass(frozen=True)
class Identification:
    """The outcome of a search."""

    candidates: tuple[Candidate, ...]  # best first, whether or not they reach the threshold
    unknown: bool  # no candidate reaches the threshold: the probe is nobody enrolled
    threshold: float  # angular similarity
    fpir: float  # the target false positive identification rate the threshold holds
    basis: Basis = Basis.BOUND  # what stands behind the threshold; only a bound is a promise
    unit: str = "identity"  # whom a promise is about: see `twinlet.calibration.UNITS`

    @property
    def promised(self) -> bool:
        """Whether the rate is held with confidence, for strangers.

        Strangers are identities the calibration has not seen. A bound that knows only how much
        images differ says nothing of them: of galleries of five of ten classes in
        benchmarks/galleries.py, a third had more false positives than were set.
        """
        return self.basis is Basis.BOUND and self.unit != "image"


@dataclass(frozen=True)
class Index:
    """All templates of a gallery, in memory."""

    ids: tuple[str, ...]  # ascending, each once
    starts: NDArray[np.intp]  # (identities,): the first row of each id
    vectors: Numbers  # (templates, d), unit or the numbers of int8 templates, grouped by id

    def rank(self, probe: Numbers, top: int) -> tuple[Candidate, ...]:
        """Find the identities most like a probe.

        A first pass in float32 leaves out the templates that cannot count, however it rounded;
        the others are compared again in float64, as a verification would, and ranked by that.

        Args:
            probe: Unit vector (d,), or the numbers of an int8 template.
            top: How many identities at most.

        Returns:
            The best first, equal ones by id; `top` candidates, or all there are.
        """
        if not self.ids:
            return ()
        rows, owners = self._contenders(probe, top)
        similarities = np.concatenate(
            [
                scores.similarity(self.vectors[rows[start : start + _BLOCK]], probe)
                for start in range(0, len(rows), _BLOCK)
            ]
        )
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        best = np.maximum.reduceat(similarities, firsts)
        ranked = np.argsort(-best, kind="stable")[:top]
        return tuple(
            Candidate(self.ids[owners[firsts[place]]], float(best[place])) for place in ranked
        )

    def _contenders(self, probe: Numbers, top: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Find the templates that may be the best of one of the best identities.

        Returns:
            Their rows, ascending, and which identity each is of; `top` identities or more.
        """
        cosines = self.cosines(probe)
        best = np.maximum.reduceat(cosines, self.starts)
        length = float(np.linalg.norm(probe.astype(np.float64))) if probe.dtype == np.int8 else 1.0
        reach = _reach(len(probe)) * length
        last = max(len(best) - top, 0)
        # All cosines from 1 up, of vectors a little too long, are one similarity: 1.
        cut = min(float(np.partition(best, last)[last]), length)
        rows = np.flatnonzero(cosines >= cut - reach)
        owners = np.searchsorted(self.starts, rows, side="right") - 1
        counting = cosines[rows] >= np.minimum(best[owners], length) - reach
        return rows[counting], owners[counting]

    def cosines(self, probe: Numbers) -> NDArray[np.float32]:
        """Compare a probe with every template, in float32.

        Returns:
            (templates,): cosines, times the length of the probe, which changes no ranking.
        """
        products = dots(self.vectors, probe)
        return products / self._lengths if self.vectors.dtype == np.int8 else products

    @cached_property
    def _lengths(self) -> NDArray[np.float32]:
        """Of the numbers of int8 templates, which have any length."""
        return lengths(self.vectors.astype(np.int8, copy=False)).astype(np.float32)


def _reach(dimensions: int) -> float:
    """How far apart two cosines of the float32 pass may be whose order is not to be trusted.

    A product summed in float32 is off by at most d * u of the lengths' product, u = epsilon / 2,
    in whatever order it is summed (Higham 2002, Accuracy and Stability of Numerical Algorithms,
    section 3.1); dividing by a rounded length adds 2 u. Two such errors make (d + 2) * epsilon.
    Twice d epsilon, and never less than 1e-6, also covers lengths that are not quite 1.
    """
    return max(1e-6, 2.0 * dimensions * float(np.finfo(np.float32).eps))


def fmr_for(fpir: float, templates: int) -> float:
    """False Match Rate of one comparison that keeps a whole search at a target FPIR.

    A search compares with N templates and finds somebody falsely when at least one of them
    matches: with a probability of at most N times the False Match Rate, however its comparisons
    depend on each other (Boole's inequality). Comparisons of one probe, and templates of one
    identity, mostly match together, which leaves the true FPIR lower.

    The rates are those of identities and galleries drawn as the calibration's were. A gallery
    whose identities look more like strangers than others do has a higher one.

    Args:
        fpir: Target false positive identification rate, in (0, 1).
        templates: Enrolled templates N, not identities: each is another chance to match. 0
            counts as 1; an empty gallery holds every target.

    Example:
        >>> fmr_for(0.05, 1)
        0.05
        >>> fmr_for(0.5, 4)
        0.125
    """
    return fpir / max(templates, 1)


def point_for_search(
    fpir: float, templates: int, calibration: Calibration, *, extrapolate: bool = False
) -> CurvePoint:
    """Find the threshold for a search among N templates.

    Args:
        fpir: Target false positive identification rate, in (0, 1).
        templates: Enrolled templates N; see `fmr_for`.
        calibration: Of the file and the pairing of encodings.
        extrapolate: Whether the threshold may come from a fitted tail, if there is one.

    Raises:
        InvalidInputError: The target is not inside (0, 1).
        CalibrationError: The calibration does not reach the False Match Rate it takes.
    """
    check_rate(fpir, "FPIR")
    fmr = fmr_for(fpir, templates)
    try:
        return calibration.point_for(fmr, extrapolate=extrapolate)
    except CalibrationError as error:
        if not templates:
            return calibration.supported[0]  # nobody is found in it, whatever the threshold
        lowest = _lowest(calibration, extrapolate=extrapolate)
        raise CalibrationError(
            f"cannot search {_counted(templates)} at FPIR {fpir:g}: it takes a threshold for FMR "
            f"{fmr:.2g}, and this file's calibration begins at {lowest:.2g}; "
            f"{_ways_out(fpir, templates, calibration, extrapolate=extrapolate)}"
        ) from error


def most_templates(fpir: float, calibration: Calibration, *, extrapolate: bool = False) -> int:
    """How many templates a gallery may hold to be searched at a target FPIR.

    Returns:
        The number; 0 when not even one can be searched.

    Raises:
        InvalidInputError: The target is not inside (0, 1).
    """
    check_rate(fpir, "FPIR")
    return int(fpir / _lowest(calibration, extrapolate=extrapolate) * (1 + 1e-12))


def _lowest(calibration: Calibration, *, extrapolate: bool) -> float:
    return calibration.curve[0].fmr if extrapolate else calibration.lowest


def _ways_out(fpir: float, templates: int, calibration: Calibration, *, extrapolate: bool) -> str:
    """What to do about a gallery that is too large for its calibration."""
    ways = []
    reachable = _rounded_up(templates * _lowest(calibration, extrapolate=extrapolate))
    if reachable < 1.0:
        ways.append(f"raise the target FPIR to {reachable:.2g}")
    supported = most_templates(fpir, calibration, extrapolate=extrapolate)
    if supported:
        ways.append(f"enrol {_counted(supported)} at most")
    if not extrapolate and _lowest(calibration, extrapolate=True) < calibration.lowest:
        ways.append("ask for an extrapolated threshold, of which nothing is promised")
    more = "images" if calibration.unit == "image" else "identities"
    return ", ".join([*ways, f"or calibrate with more {more}"])


def _counted(templates: int) -> str:
    return "1 template" if templates == 1 else f"{templates} templates"


def _rounded_up(rate: float) -> float:
    """Two digits, never down: who follows the advice must not be refused again."""
    step = 10.0 ** (math.floor(math.log10(rate)) - 1)
    return math.ceil(rate / step * (1 - 1e-12)) * step
