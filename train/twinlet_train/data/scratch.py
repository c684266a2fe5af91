"""A file for decoded images that do not fit memory; it has no name, so nothing stays behind."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import TwinletError

FOLDER_VARIABLE = "TMPDIR"
# For large temporary files (file-hierarchy(7)); /tmp itself is often a piece of the memory that
# is to be spared.
BIG_FILES = Path("/var/tmp")


def scratch_folder() -> Path:
    """Where scratch files go: the folder TMPDIR names, else /var/tmp, else the system's own."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    usable = os.access(BIG_FILES, os.W_OK | os.X_OK)
    return BIG_FILES if usable else Path(tempfile.gettempdir())


class Scratch:
    """Bytes on disk that vanish with the process, also when it is killed.

    The file is opened without a name (or loses it at once), and read by `pread`: mapped pages
    would count as memory of the process, and several threads may read at the same time.
    """

    def __init__(self, owner: str, expected: int) -> None:
        """Make an empty file.

        Args:
            owner: Whose images these are, for messages.
            expected: Bytes that will be written at most.

        Raises:
            TwinletError: The folder cannot be used, or has less room than expected.
        """
        self.owner = owner
        self.folder = scratch_folder()
        self._expected = expected
        self._written = 0
        try:
            free = shutil.disk_usage(self.folder).free
            if expected > free:
                raise self._no_room(f"only {free:,} are free there")
            with tempfile.TemporaryFile(dir=self.folder, buffering=0) as file:
                descriptor = os.dup(file.fileno())
        except OSError as error:
            raise self._no_room(_reason(error)) from error
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def write(self, image: NDArray[np.uint8], offset: int) -> None:
        """Write the bytes of a contiguous array at an offset.

        Raises:
            TwinletError: The disk is full, or fails.
        """
        left = image.data.cast("B")
        try:
            while left:
                count = os.pwrite(self._descriptor, left, offset)
                self._written += count
                offset += count
                left = left[count:]
        except OSError as error:
            raise self._no_room(f"{_reason(error)} after {self._written:,}") from error

    def read(self, target: NDArray[np.uint8], offset: int) -> None:
        """Fill a contiguous array with the bytes at an offset.

        Raises:
            TwinletError: The disk fails.
        """
        left = target.data.cast("B")
        try:
            while left:
                count = os.preadv(self._descriptor, [left], offset)
                if count == 0:
                    raise OSError(f"it ends at byte {offset}")
                offset += count
                left = left[count:]
        except OSError as error:
            raise TwinletError(
                f"the scratch file of {self.owner} in {self.folder} cannot be read: "
                f"{_reason(error)}; check the disk, or name another folder in {FOLDER_VARIABLE}"
            ) from error

    def _no_room(self, reason: str) -> TwinletError:
        return TwinletError(
            f"no room for the decoded images of {self.owner}: they take up to "
            f"{self._expected:,} bytes, more than data.memory_mb allows in memory, and a scratch "
            f"file of that size cannot be written in {self.folder}: {reason}; name a folder with "
            f"more room in {FOLDER_VARIABLE}, lower data.size, or raise data.memory_mb"
        )


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
