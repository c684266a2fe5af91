"""Standard output belongs to the result: everything else is sent to standard error.

TensorFlow's converters, C++ libraries and child processes write to file descriptor 1 behind
Python's back, so the descriptor itself is turned away, not only `sys.stdout`.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

STDOUT = 1
STDERR = 2


@contextlib.contextmanager
def stdout_reserved() -> Iterator[None]:
    """Send what is written to standard output inside the block to standard error.

    Both `sys.stdout` and the file descriptor are redirected and put back afterwards, so the
    caller's own writes after the block reach the real standard output (or the stream that a
    test or a notebook put in its place).
    """
    _flush_python_streams()
    kept = _duplicate(STDOUT)
    _point_stdout_at_stderr()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _flush_python_streams()
        if kept is not None:
            os.dup2(kept, STDOUT)
            os.close(kept)


def discard_stdout() -> None:
    """Send what is still buffered nowhere: the reader is gone, or the disk is full.

    Without this the interpreter would try to write it once more at exit, and complain.
    """
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), STDOUT)


def _point_stdout_at_stderr() -> None:
    if _duplicate_onto(STDERR, STDOUT):
        return
    # Started with standard error closed (`2>&-`): descriptor 1 still must not get the noise.
    with open(os.devnull, "wb") as nowhere:
        if nowhere.fileno() != STDOUT:
            os.dup2(nowhere.fileno(), STDOUT)


def _duplicate(descriptor: int) -> int | None:
    """Copy a descriptor; None where the process was started without it (`>&-`)."""
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _duplicate_onto(source: int, target: int) -> bool:
    try:
        os.dup2(source, target)
    except OSError:
        return False
    return True


def _flush_python_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        # None where the process has no such stream; a stream may also be closed or broken,
        # which the write of the result reports.
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
