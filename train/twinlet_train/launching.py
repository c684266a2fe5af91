"""Starting the processes of a group on this machine, and minding them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO

from twinlet.errors import TwinletError

PAUSE = 0.2  # seconds between two looks at the processes
TOLD = 2000  # characters of what a process said last


def launch(words: Sequence[str], count: int) -> None:
    """Run `twinlet WORDS --rank R --coordinator HOST:PORT` in so many processes.

    What the first one says on standard error passes through; the others are quiet, and nothing
    is written to standard output: the run folder holds what came out.

    Args:
        words: Of the command line, with `--processes`.
        count: How many processes.

    Raises:
        TwinletError: One of them failed; all others are ended, and what it said last is told.
    """
    coordinator = f"127.0.0.1:{_free_port()}"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    with tempfile.TemporaryDirectory() as folder:
        errors = [open(os.path.join(folder, f"err{rank}"), "w+b") for rank in range(1, count)]
        processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "twinlet", *words),
                    *("--rank", str(rank), "--coordinator", coordinator),
                ],
                stdout=subprocess.DEVNULL,
                stderr=None if rank == 0 else errors[rank - 1],
                env=environment,
            )
            for rank in range(count)
        ]
        try:
            _mind(processes, errors)
        finally:
            for process in processes:
                process.kill()
                process.wait()
            for file in errors:
                file.close()


def _mind(processes: list["subprocess.Popen[bytes]"], errors: Sequence[IO[bytes]]) -> None:
    """Wait for all to end well."""
    while True:
        codes = [process.poll() for process in processes]
        for rank, code in enumerate(codes):
            if code:
                raise TwinletError(
                    f"process {rank} of {len(processes)} ended with exit code {code}"
                    f"{_last_words(errors, rank)}; all were stopped; where a run folder is there, "
                    f"what its last whole epoch saved is kept: go on with --resume"
                )
        if all(code == 0 for code in codes):
            return
        time.sleep(PAUSE)


def _last_words(errors: Sequence[IO[bytes]], rank: int) -> str:
    if rank == 0:
        return " (its message is above)"
    errors[rank - 1].seek(0)
    said = errors[rank - 1].read().decode("utf-8", "replace").strip()
    return f" and said last: {said[-TOLD:]}" if said else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
