"""One process a run folder: a second one would train over what the first has finished."""

import errno
import logging
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from twinlet.errors import InvalidInputError

log = logging.getLogger("twinlet")

HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


class Hold:
    """Holds a folder for this process until the block ends, or the process does.

    The lock is the system's, on the folder itself: nothing is left behind by a process that was
    killed. Windows has no such locks, and there nothing is held.

    Example:
        with Hold(out) as hold:
            hold.take()
    """

    def __init__(self, folder: Path) -> None:
        """Keep the folder, which need not be there yet."""
        self.folder = folder
        self._handle: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def take(self) -> None:
        """Take hold of the folder, which is there by now; again does nothing.

        Raises:
            InvalidInputError: Another process holds it, or it cannot be read.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            return
        if self._handle is not None:
            return
        try:
            self._handle = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise InvalidInputError(
                f"cannot read the folder {self.folder}: {error.strerror or error}; make it "
                f"readable, or train into another one"
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in HELD:
                raise InvalidInputError(
                    f"another process trains into {self.folder}; wait until it has finished, or "
                    f"train into another folder"
                ) from error
            # Some network file systems have no locks.
            log.warning(
                "cannot tell whether another process trains into %s: %s", self.folder, error
            )
