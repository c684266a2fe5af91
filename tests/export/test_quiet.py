"""Only the named remarks are dropped."""

import logging
import os
import warnings

import pytest

from twinlet_export.quiet import quiet_converters, quiet_quantizer


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


def test_the_quantizer_s_line_is_dropped_and_others_come_afterwards(capfd):
    with quiet_quantizer():
        os.write(2, b"fully_quantize: 0, inference_type: 6\nnews of the converter\n")
    os.write(2, b"fully_quantize: 1\n")
    assert capfd.readouterr().err == "news of the converter\nfully_quantize: 1\n"


def test_what_was_said_before_a_failure_is_not_lost(capfd):
    def fail():
        with quiet_quantizer():
            os.write(2, b"the reason\n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert capfd.readouterr().err == "the reason\n"
