"""Only the named remarks are dropped."""

import logging
import warnings

import pytest

from twinlet_export.quiet import quiet_converters


def test_known_remarks_are_dropped_and_others_are_not(caplog):
    with quiet_converters():
        warnings.warn("Statistics for quantized inputs were expected, but not", stacklevel=1)
        logging.warning("Please consider pre-processing before quantization. See")
        logging.warning("another warning")
        with pytest.warns(UserWarning, match="something else"):
            warnings.warn("something else", stacklevel=1)
    assert [record.getMessage() for record in caplog.records] == ["another warning"]


def test_everything_is_as_before_afterwards(caplog):
    level = logging.getLogger("tf2onnx").level
    with pytest.raises(KeyError), quiet_converters():
        raise KeyError
    assert logging.getLogger("tf2onnx").level == level
    logging.warning("Please consider pre-processing before quantization. See")
    assert len(caplog.records) == 1
