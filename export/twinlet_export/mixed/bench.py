"""One try: a file with some layers in float, what it misses and what it costs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet.commands.latency import interleaved
from twinlet.errors import TwinletError
from twinlet_export.engines import THREADS
from twinlet_export.failures import converter_failed
from twinlet_export.mixed.judging import Samples, Verdict
from twinlet_export.mixed.mixers import Mixer
from twinlet_export.settings import SEARCH_RUNS, FloatLimits


@dataclass(frozen=True)
class Try:
    """What was measured of one file."""

    kept: frozenset[str]  # names of the layers in float
    model: bytes
    ranked: Verdict  # on the ranking images
    latency: float  # median time of an embedding, of the fp32 file's

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return len(self.model)


class Bench:
    """Tries files of one name, each beside the fp32 file of the same engine."""

    def __init__(
        self,
        name: str,
        mixer: Mixer,
        samples: Samples,
        reference: bytes,
        show: Callable[[str], None],
    ) -> None:
        """Keep what is needed.

        Args:
            name: Of the files, one of `FILE_NAMES`.
            mixer: Makes them.
            samples: Images.
            reference: The fp32 file.
            show: Told of each file that cannot be made.
        """
        self.name, self.samples, self.reference_bytes = name, samples, len(reference)
        self.layers = {layer.name: layer for layer in mixer.layers}
        self.failed: dict[str, str] = {}  # layers in float -> why there is no such file
        self.tries: list[Try] = []
        self._mixer, self._show = mixer, show
        self._engine = FILE_NAMES[name].engine
        self._reference = open_engine(self._engine, reference, threads=THREADS)

    def attempt(self, kept: Iterable[str]) -> Try | None:
        """Make a file with these layers in float and measure it.

        Returns:
            The measurement; `None` when there is no such file, for which `failed` has the
            reason.
        """
        wanted = frozenset(kept)
        for done in self.tries:
            if done.kept == wanted:
                return done
        named = ", ".join(self.in_order(wanted))
        if named in self.failed:
            return None
        try:
            found = self.measured(wanted, self._built(wanted, named))
        except TwinletError as error:  # one layer less to choose from; the search goes on
            self.failed[named] = str(error)
            self._show(f"not tried: {error}")
            return None
        self.tries.append(found)
        return found

    def measured(self, kept: frozenset[str], model: bytes) -> Try:
        """Measure a file that is there already."""
        ranking = self.samples.ranking
        engine = open_engine(self._engine, model, threads=THREADS)
        one = ranking.pixels[:1]
        times = interleaved(
            {"file": engine.bare_call(one), "fp32": self._reference.bare_call(one)}, SEARCH_RUNS
        )
        latency = times["file"].p50 / times["fp32"].p50
        return Try(kept, model, ranking.judge(self.name, model), latency)

    def over(self, found: Try, plain: Try, limits: FloatLimits) -> str:
        """Which limit a file is over; empty when it keeps all."""
        if len(found.kept) > limits.layers * len(self.layers):
            return f"more than {limits.layers:.0%} of the layers"
        if found.bytes > self.most_bytes(plain.bytes, limits):
            return "too large"
        return "" if found.latency < limits.latency else "not faster than fp32"

    def most_bytes(self, plain: int, limits: FloatLimits) -> float:
        """How large a file may become, in bytes."""
        goal = limits.bytes * self.reference_bytes
        return goal if plain <= goal else plain + limits.growth * self.reference_bytes

    def in_order(self, names: Iterable[str]) -> list[str]:
        """The layers in the order of computation."""
        wanted = frozenset(names)
        return [name for name in self.layers if name in wanted]

    def to_json(self, found: Try) -> dict[str, Any]:
        """JSON types."""
        return {
            "float": self.in_order(found.kept),
            "fnmr": found.ranked.fnmr,
            "bytes": found.bytes,
            "latency": round(found.latency, 3),
        }

    def _built(self, kept: frozenset[str], named: str) -> bytes:
        operators = {name for layer in kept for name in self.layers[layer].operators}
        try:
            return self._mixer.build(frozenset(operators))
        except TwinletError:
            raise
        except Exception as error:  # converters raise whatever their C++ side throws
            raise converter_failed(f"{self.name} with {named} in float", error) from error
