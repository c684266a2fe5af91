"""One file, run on each core at once: what one engine alone computes, sooner."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from twinlet.backends import Engine, open_engine
from twinlet.bundle import TensorSpec

THREADS = 1  # of each, as most devices run it; more would change the order of float sums
MOST = 8  # at once: most are copies of the file in memory
PIECE = 64  # images of one call: one batch of onnxruntime's, the same on any number of cores
_SHARED = ("onnxruntime",)  # whose engine several threads run at once; others are copied


class Engines:
    """A file's engine for each core, each with one thread and images of its own."""

    def __init__(self, engine: str, model: bytes, *, workers: int | None = None) -> None:
        """Open the file once; copies are opened when there is work for them.

        Args:
            engine: As `twinlet.backends.open_engine` takes it.
            model: The file.
            workers: At most so many at once; None: one for each core, up to `MOST`.

        Raises:
            BundleError: The engine does not accept the file.
        """
        first = open_engine(engine, model, threads=THREADS)
        self.workers = workers or min(MOST, _cores())
        self.input: TensorSpec = first.input
        self.output: TensorSpec = first.output
        self._opening = (engine, model)
        self._opened: list[Engine] = [first]

    def embed(self, blocks: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Embed blocks of images.

        Args:
            blocks: Uint8 (n, h, w, c); all but the last of a multiple of `PIECE` images, and of
                `workers` times as many where all are to have work.

        Yields:
            Raw embeddings, float32 (m, d), in the order of the images.
        """
        free: SimpleQueue[Engine] = SimpleQueue()
        for engine in self._opened:
            free.put(engine)

        def work(piece: NDArray[np.uint8]) -> NDArray[np.float32]:
            engine = free.get()
            try:
                return engine.embed(piece)
            finally:
                free.put(engine)

        with ThreadPoolExecutor(self.workers) as pool:
            for block in blocks:
                pieces = [block[at : at + PIECE] for at in range(0, len(block), PIECE)]
                while len(self._opened) < min(self.workers, len(pieces)):
                    self._opened.append(self._another())
                    free.put(self._opened[-1])
                yield from pool.map(work, pieces)

    def _another(self) -> Engine:
        name, model = self._opening
        return self._opened[0] if name in _SHARED else open_engine(name, model, threads=THREADS)


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on every platform
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
