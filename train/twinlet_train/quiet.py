"""Start Keras without its backend's start-up lines, which no user can act on."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

from twinlet.errors import InvalidInputError

# TensorFlow's C++ side says at every start that this machine has no CUDA and that oneDNN is in
# use, before any log level applies. Whatever else is written meanwhile is passed on.
_START_UP = re.compile(
    rb"All log messages before absl::InitializeLog"
    rb"|(port|cudart_stub|cuda_platform|cpu_feature_guard|generator_dataset_op)\.cc:\d+\]"
    rb"|^To enable the following instructions: "
)
STDERR = 2
BACKENDS = ("tensorflow", "jax")  # what twinlet is tested with


def start_keras(*, alone: bool = True) -> None:
    """Import Keras with its backend, and let it look for devices.

    Args:
        alone: False for one of a group of processes: devices are looked for after joining it.

    Raises:
        InvalidInputError: The environment names another backend than TensorFlow or JAX.
    """
    named = os.environ.get("KERAS_BACKEND") or BACKENDS[0]
    if named not in BACKENDS:
        raise InvalidInputError(
            f"twinlet trains on {' or '.join(BACKENDS)}, and the environment says KERAS_BACKEND="
            f"{named}; set it to one of them, or unset it"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # TensorFlow leaves oneDNN off on processors without AVX-512 VNNI or its like, where it trains
    # faster too; a value that the user has set stays.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with start_up_lines_dropped():
        import keras

        if alone:
            keras.distribution.list_devices()


@contextlib.contextmanager
def start_up_lines_dropped() -> Iterator[None]:
    """Hold what is written to standard error inside the block; pass on all but the known lines."""
    sys.stderr.flush()
    try:
        kept = os.dup(STDERR)
    except OSError:  # started with standard error closed: nothing to hold, nobody to disturb
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, STDERR)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not _START_UP.search(line):
                    os.write(STDERR, line)
