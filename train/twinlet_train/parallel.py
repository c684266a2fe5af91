"""Several processes, on one machine or many, that train one twin on shares of each batch.

Keras' data parallelism on JAX: every process computes its share of a batch, the loss is that of
the whole batch (triplets reach across shares, batch normalisation too), so that the result is
that of one process with the same batches, within rounding. The first process alone writes.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twinlet.errors import InvalidInputError, MissingExtraError, TwinletError

log = logging.getLogger("twinlet")

WAIT = 240.0  # seconds for the first process to come up; JAX ends the process after 300
PAUSE = 0.5  # seconds between two tries


@dataclass(frozen=True)
class Group:
    """Who trains together, and which of them this process is."""

    count: int = 1
    rank: int = 0  # 0..count-1
    coordinator: str = ""  # HOST:PORT where rank 0 waits for the others

    def __post_init__(self) -> None:
        """Refuse what makes no group."""
        if not 0 <= self.rank < self.count:
            raise InvalidInputError(
                f"the rank must lie in 0..{self.count - 1}, one for each of {self.count} "
                f"processes, got {self.rank}"
            )
        host, _, port = self.coordinator.rpartition(":")
        if self.count > 1 and not (host and port.isdigit()):
            raise InvalidInputError(f"the coordinator is named HOST:PORT, got {self.coordinator!r}")

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def check_batch(self, images: int) -> None:
        """Refuse a batch that does not fall into equal shares."""
        if images % self.count:
            raise InvalidInputError(
                f"a batch of {images} images does not divide among {self.count} processes; "
                f"change fit.classes_per_batch or fit.samples_per_class"
            )

    def share(self, images: int) -> slice:
        """Which images of a batch this process takes."""
        each = images // self.count
        return slice(self.rank * each, (self.rank + 1) * each)


ALONE = Group()


def check_backend() -> None:
    """Refuse to start several processes on a backend that cannot work together.

    Raises:
        MissingExtraError: JAX is not installed.
        InvalidInputError: Keras runs on another backend.
    """
    from importlib.util import find_spec

    if find_spec("jax") is None:
        raise MissingExtraError(
            "training with several processes runs on JAX, which is not installed: "
            "pip install 'twinlet[jax]'"
        )
    import keras

    if keras.backend.backend() != "jax":
        raise InvalidInputError(
            f"training with several processes runs on JAX, and Keras was told to use "
            f"{keras.backend.backend()}: set KERAS_BACKEND=jax"
        )


@contextlib.contextmanager
def joined(group: Group) -> Iterator[None]:
    """Be one of the group inside the block; nothing happens for a process alone.

    Raises:
        TwinletError: The first process does not come up.
    """
    if group.count == 1:
        yield
        return
    import jax
    import keras

    log.info("waiting for all %d processes at %s", group.count, group.coordinator)
    if not group.leads:
        _await(group.coordinator)
    keras.distribution.initialize(group.coordinator, group.count, group.rank)
    try:
        yield
    finally:
        jax.distributed.shutdown()  # waits for all: none leaves while another needs it


def _await(coordinator: str) -> None:
    """Wait until the first process listens: where it never does, JAX would abort by a signal."""
    host, _, port = coordinator.rpartition(":")
    end = time.monotonic() + WAIT
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=WAIT).close()
        except OSError as error:
            if isinstance(error, socket.gaierror) or time.monotonic() > end:
                raise TwinletError(
                    f"the first process does not answer at {coordinator}: {error}; start it there "
                    f"with --rank 0 and the same --coordinator, which all machines must reach"
                ) from error
            time.sleep(PAUSE)
        else:
            return


@contextlib.contextmanager
def shared(group: Group) -> Iterator[None]:
    """Variables made inside the block are the group's, and fits take shares of batches."""
    if group.count == 1:
        yield
        return
    import keras

    # Each process brings its share of the batch itself.
    with _distributed(keras.distribution.DataParallel(auto_shard_dataset=False)):
        yield


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """What is computed inside the block is this process's own."""
    with _distributed(None):
        yield


@contextlib.contextmanager
def _distributed(how: Any) -> Iterator[None]:
    """Let Keras distribute by this inside the block, and as before after it."""
    import keras

    before = keras.distribution.distribution()
    keras.distribution.set_distribution(how)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def agreed(value: float) -> float:
    """The first process's value, in all processes: clocks differ, decisions must not.

    All must call it together; none comes out before the first has come in.
    """
    import keras

    if keras.backend.backend() != "jax":
        return value
    import jax

    if jax.process_count() == 1:
        return value
    import numpy as np
    from jax.experimental import multihost_utils

    return float(multihost_utils.broadcast_one_to_all(np.float32(value)))
