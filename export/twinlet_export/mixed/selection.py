"""From a plain static int8 file to the one that goes into the bundle."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinlet.bundle import FILE_NAMES
from twinlet.errors import InvalidInputError
from twinlet_export.failures import converter_failed
from twinlet_export.mixed.bench import Bench
from twinlet_export.mixed.judging import Samples
from twinlet_export.mixed.outcome import not_searched, nothing_lost, searched
from twinlet_export.mixed.search import Clock, search
from twinlet_export.settings import FLOAT_LIMITS, SEARCH_MINUTES, FloatLimits

if TYPE_CHECKING:
    from twinlet_export.building import Builder

STATIC = "int8"  # the precision whose files are looked at


@dataclass(frozen=True)
class SearchPlan:
    """How long layers are looked for, and what they may cost."""

    minutes: float = SEARCH_MINUTES  # for each file; 0: not at all
    limits: FloatLimits = field(default=FLOAT_LIMITS)


@dataclass(frozen=True)
class Selected:
    """A file and how it was found."""

    model: bytes
    facts: dict[str, Any]  # a file's `mixed` in the manifest; empty for other precisions


class Selection:
    """Looks at each static int8 file once; images are drawn and embedded for the first."""

    def __init__(
        self,
        plan: SearchPlan,
        builder: "Builder",
        take: Callable[[], Samples],
        show: Callable[[str], None],
    ) -> None:
        """Keep what is needed; nothing is computed yet.

        Args:
            plan: How long, and what layers in float may cost.
            builder: Of the twin's files.
            take: Draws the images; see `take_samples`.
            show: Told a line when a search begins and when it ends.
        """
        self._plan, self._builder, self._take, self._show = plan, builder, take, show
        self._samples: Samples | str | None = None

    def of(self, name: str, model: bytes) -> Selected:
        """Choose the layers in float of one file.

        Args:
            name: One of `FILE_NAMES`.
            model: The file as it was built.

        Returns:
            Another file when layers in float pay, else the same.

        Raises:
            BundleError: Its engine does not accept it.
        """
        if FILE_NAMES[name].precision != STATIC:
            return Selected(model, {})
        selected = self._selected(name, model)
        self._show(f"{name}: {selected.facts['summary']}")
        return selected

    def _selected(self, name: str, model: bytes) -> Selected:
        if self._plan.minutes <= 0.0:
            return Selected(model, not_searched("--search-minutes 0"))
        if self._samples is None:
            try:
                self._samples = self._take()
            except InvalidInputError as error:  # too few images: said in the manifest
                self._samples = str(error)
        if isinstance(self._samples, str):
            return Selected(model, not_searched(self._samples))
        sample = self._samples.confirming
        loss = sample.more_misses(self._samples.twin, sample.judge(name, model))
        if loss.interval[0] <= 0.0:
            return Selected(model, nothing_lost(self._samples, loss))
        self._show(
            f"{name}: misses {100 * loss.value:.1f} points more than the twin; looking for layers "
            f"to keep in float, for {self._plan.minutes:g} minutes at most"
        )
        clock = Clock(self._plan.minutes)
        try:
            bench = self._bench(name, self._samples)
        except (
            Exception
        ) as error:  # whatever converters throw; the plain file is there all the same
            return Selected(model, not_searched(str(converter_failed(name, error))))
        plain = bench.measured(frozenset(), model)
        found = search(bench, plain, loss, limits=self._plan.limits, clock=clock)
        return Selected(found.best.model, searched(bench, plain, loss, found, clock))

    def _bench(self, name: str, samples: Samples) -> Bench:
        reference = self._builder.build(self._builder.fp32_of(name))
        return Bench(name, self._builder.mixer(name), samples, reference, self._show)
