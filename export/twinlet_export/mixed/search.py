"""Which layers to keep in float: those whose rounding makes a file miss more, while that pays."""

import time
from dataclasses import dataclass, field
from typing import Any

from twinlet.metrics.paired import Paired
from twinlet_export.mixed.bench import Bench, Try
from twinlet_export.settings import FloatLimits

ENOUGH = 0.9  # a part of a group that recovers so much of what the group does is taken instead


class Clock:
    """How much of the time for one file is left."""

    def __init__(self, minutes: float) -> None:
        """Start."""
        self._started = time.monotonic()
        self._seconds = 60.0 * minutes

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    @property
    def over(self) -> bool:
        """Whether no further try should begin."""
        return self.seconds >= self._seconds


@dataclass
class Found:
    """How a search ended."""

    best: Try  # the plain file, when no layer pays
    loss: Paired  # FNMR of the best file minus that of the twin, on the confirming images
    ranked: int = 0  # layers that were tried
    steps: list[dict[str, Any]] = field(default_factory=list)  # JSON types


def search(bench: Bench, plain: Try, loss: Paired, *, limits: FloatLimits, clock: Clock) -> Found:
    """Keep layers in float, one after the other, while each makes the file miss fewer.

    Rounding hurts where a result is rounded, and the layers that read it decide whether it is:
    a result stays as it is only when the layer that gives it and all that read it are in float.
    So each layer is tried together with its readers, and what recovers most on the ranking images
    comes first. A step is taken when the file with it misses fewer on the confirming images,
    beyond the interval of the difference, and keeps all limits; the search ends when the loss
    can no longer be told from none.

    Args:
        bench: Of the file.
        plain: The file without a layer in float.
        loss: FNMR of that one minus the twin's, on the confirming images, its interval above 0.
        limits: What layers in float may cost.
        clock: After it, no further layer is tried; the best of those that were still may be kept.

    Returns:
        The best file found. With enough time it is the same for the same twin and images, but
        for layers that take just as long as the fp32 file.
    """
    found = Found(plain, loss)
    ranking = _rank(bench, clock, found)
    for number, group in enumerate(ranking):
        recovered = plain.ranked.fnmr - group.ranked.fnmr
        if found.loss.interval[0] <= 0.0 or recovered <= 0.0:
            break
        if number and clock.over:  # the best one is decided on all the same
            break
        step = _step(bench, found.best, group, plain=plain, limits=limits)
        if step is not None:
            _decide(bench, found, step, plain=plain, limits=limits)
    return found


def _rank(bench: Bench, clock: Clock, found: Found) -> list[Try]:
    """Try every layer with its readers while there is time; the best first.

    In the order of computation, for when time runs out: what is rounded early goes through all
    layers behind it, and early layers are small.
    """
    tries = []
    for layer in bench.layers.values():
        if clock.over:
            break
        found.ranked += 1
        group = bench.attempt((layer.name, *layer.readers))
        if group is not None and group not in tries:
            tries.append(group)
    return sorted(tries, key=lambda group: (group.ranked.fnmr, group.bytes))  # stable


def _step(bench: Bench, best: Try, group: Try, *, plain: Try, limits: FloatLimits) -> Try | None:
    """Add a group to the best file; or one layer of it, where that does nearly as well.

    Returns:
        `None` when it recovers nothing beside what is in float already.
    """
    parts = [group.kept, *({name} for name in bench.in_order(group.kept))]
    options = [found for part in parts if (found := bench.attempt(best.kept | part))]
    options = [found for found in options if found.kept != best.kept]
    fitting = [found for found in options if not bench.over(found, plain, limits)]
    options = fitting or options[:1]
    if not options:
        return None
    lowest = min(found.ranked.fnmr for found in options)
    recovered = best.ranked.fnmr - lowest
    if recovered <= 0.0:
        return None
    enough = best.ranked.fnmr - ENOUGH * recovered
    return min(
        (found for found in options if found.ranked.fnmr <= enough), key=lambda found: found.bytes
    )


def _decide(bench: Bench, found: Found, step: Try, *, plain: Try, limits: FloatLimits) -> None:
    """Take a step that pays; note each one with what it gives."""
    sample, twin = bench.samples.confirming, bench.samples.twin
    verdict = sample.judge(bench.name, step.model)
    gain = sample.more_misses(verdict, sample.judge(bench.name, found.best.model))
    reasons = [bench.over(step, plain, limits)]
    if gain.interval[0] <= 0.0:
        reasons.append("no gain beyond its interval")
    reason = ", ".join(filter(None, reasons))
    found.steps.append({**bench.to_json(step), "gain": gain.to_json(), "outcome": reason or "kept"})
    if not reason:
        found.best, found.loss = step, sample.more_misses(twin, verdict)
