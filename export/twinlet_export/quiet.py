"""Keep converters from talking over the result: what is filtered is named, nothing else is."""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Said for every uint8 input; it asks for a mean and a deviation that only a float input has.
_INPUT_STATISTICS = "Statistics for quantized inputs were expected"

# TensorFlow's own converter opens TensorFlow's own interpreter to calibrate, and warns of it.
_OLD_INTERPRETER = r"\s*Warning: tf\.lite\.Interpreter is deprecated"

# It asks for `quant_pre_process`, which made MobileNetV2 five times slower; the folding of
# batch normalisation, for which it is meant, has been done by then.
_PRE_PROCESSING = "before quantization"

# The settings of `mlir_quantize`, which a search calls for every layer.
_QUANTIZER = b"fully_quantize: "


@contextmanager
def quiet_converters() -> Iterator[None]:
    """Drop the known remarks of the converters that no user can act on."""
    root = logging.getLogger()
    converters = [logging.getLogger(name) for name in ("absl", "tf2onnx")]
    levels = [logger.level for logger in converters]
    root.addFilter(_is_news)
    for logger in converters:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for message in (_INPUT_STATISTICS, _OLD_INTERPRETER):
                warnings.filterwarnings("ignore", message=message, category=UserWarning)
            yield
    finally:
        for logger, level in zip(converters, levels, strict=True):
            logger.setLevel(level)
        root.removeFilter(_is_news)


@contextmanager
def quiet_quantizer() -> Iterator[None]:
    """Drop the line that TensorFlow's quantizer writes for each file past every logger.

    What else the process writes to standard error meanwhile comes afterwards.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            said.seek(0)
            for line in said:
                if not line.startswith(_QUANTIZER):
                    os.write(2, line)


def _is_news(record: logging.LogRecord) -> bool:
    return _PRE_PROCESSING not in record.getMessage()
