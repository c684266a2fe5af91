"""An engine for each core: what one alone computes, sooner."""

import os
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import Engine, open_engine
from twinlet.bundle import TensorSpec

THREADS = 1  # of each, as most devices run it; more would change the order of float sums
MOST = 8  # copies of one model in memory
PIECE = 256  # images that a copy takes at once: whole batches, the same on any number of cores


class Engines:
    """Copies of one file's engine, each with one thread and images of its own."""

    def __init__(self, engine: str, model: bytes, *, copies: int | None = None) -> None:
        """Open the file once; the other copies are opened when there is work for them.

        Args:
            engine: As `twinlet.backends.open_engine` takes it.
            model: The file.
            copies: At most so many; None: one for each core, up to `MOST`.

        Raises:
            BundleError: The engine does not accept the file.
        """
        first = open_engine(engine, model, threads=THREADS)
        self.input: TensorSpec = first.input
        self.output: TensorSpec = first.output
        self._opening = (engine, model)
        self._most = copies or min(MOST, _cores())
        self._opened: list[Engine] = [first]

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed a batch; see `twinlet.backends.Engine`."""
        pieces = [pixels[start : start + PIECE] for start in range(0, len(pixels), PIECE)]
        if len(pieces) < 2:
            return self._opened[0].embed(pixels)
        workers = min(self._most, len(pieces))
        while len(self._opened) < workers:
            self._opened.append(open_engine(*self._opening, threads=THREADS))
        free: SimpleQueue[Engine] = SimpleQueue()
        for engine in self._opened:
            free.put(engine)

        def work(piece: NDArray[np.uint8]) -> NDArray[np.float32]:
            engine = free.get()
            try:
                return engine.embed(piece)
            finally:
                free.put(engine)

        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate(list(pool.map(work, pieces)))


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on every platform
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
