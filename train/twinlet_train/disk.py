"""Room on the disk, made sure of before a library writes that cannot bear a full one."""

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

# What a file holds besides numbers: twice what was measured, 1 kB a variable with either
# backbone, and 36 to 160 kB for the architecture in a .keras file.
FILE_BYTES = 256 * 2**10
VARIABLE_BYTES = 2 * 2**10


def check_room(folder: Path, model: "keras.Model") -> None:
    """Make sure that a folder has room for the weights of a model and of its optimizer.

    When a disk fills up under it, HDF5 takes the process down (a segmentation fault as h5py
    closes the file), after whatever clear error was raised. So the room is taken beforehand,
    by a nameless file, which also asks quotas and not only the disk; then it is given back.

    Raises:
        OSError: There is not enough.
    """
    optimizer = getattr(model, "optimizer", None)  # there once the model is compiled
    variables = [*model.variables, *(optimizer.variables if optimizer else ())]
    needed = FILE_BYTES + sum(VARIABLE_BYTES + _bytes(variable) for variable in variables)
    if not hasattr(os, "posix_fallocate"):
        if shutil.disk_usage(folder).free < needed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, needed)


def _bytes(variable: Any) -> int:
    size = 1
    for length in variable.shape:
        size *= length
    return 8 * size if "64" in str(variable.dtype) else 4 * size
