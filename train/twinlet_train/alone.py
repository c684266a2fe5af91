"""One process a run folder: a second one would train over what the first has finished."""

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from twinlet.errors import InvalidInputError

log = logging.getLogger("twinlet")

HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for this process until the block ends, or the process does.

    The lock is the system's, on the folder itself: nothing is left behind by a process that was
    killed. Windows has no such locks, and there nothing is held.

    Args:
        folder: There already.

    Raises:
        InvalidInputError: Another process holds it, or it cannot be read.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError as error:
        raise InvalidInputError(
            f"no permission to read {folder}; choose another folder to write the run into"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in HELD:
                raise InvalidInputError(
                    f"another process trains into {folder}; wait until it has finished, or train "
                    f"into another folder"
                ) from error
            # Some network file systems have no locks.
            log.warning("cannot tell whether another process trains into %s: %s", folder, error)
        yield
    finally:
        os.close(handle)
