import os

import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.quiet import start_keras, start_up_lines_dropped


def test_known_lines_are_dropped_and_all_others_passed_on(capfd):
    with start_up_lines_dropped():
        os.write(2, b"I0000 00:00:1.5    77 port.cc:153] oneDNN custom operations are on.\n")
        os.write(2, b"E0000 00:00:1.5    77 other.cc:1] the disk is on fire\n")
        os.write(2, b"To enable the following instructions: AVX2, in other operations\n")
    assert capfd.readouterr().err == "E0000 00:00:1.5    77 other.cc:1] the disk is on fire\n"


def test_lines_are_passed_on_when_the_block_fails(capfd):
    try:
        with start_up_lines_dropped():
            os.write(2, b"about to fail\n")
            raise ValueError
    except ValueError:
        pass
    assert capfd.readouterr().err == "about to fail\n"


@pytest.mark.parametrize(("set_before", "then"), [(None, "1"), ("0", "0")])
def test_onednn_is_on_unless_the_user_says_otherwise(monkeypatch, set_before, then):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # so that what is set here is undone
    if set_before is None:
        del os.environ["TF_ENABLE_ONEDNN_OPTS"]
    else:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = set_before
    start_keras()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == then


@pytest.mark.parametrize("backend", ["torch", "no-such"])
def test_other_backends_are_refused(monkeypatch, backend):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(InvalidInputError, match=f"says KERAS_BACKEND={backend}; set it to one of"):
        start_keras()
