"""The state of a tuning: whole or not there."""

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.aware.saving import Saved, load, save

STATE = Saved(7, 1.5, [np.arange(6.0).reshape(2, 3), np.array(3, np.int64), np.ones(2, np.float32)])


def test_it_comes_back_in_order(tmp_path):
    path = tmp_path / "new" / "state.npz"
    save(path, STATE)
    found = load(path)
    assert (found.done, found.seconds) == (7, 1.5)
    for array, expected in zip(found.arrays, STATE.arrays, strict=True):
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)
    assert [entry.name for entry in path.parent.iterdir()] == ["state.npz"]


def test_no_file_no_state(tmp_path):
    assert load(tmp_path / "state.npz") is None


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_damaged_file_is_none(tmp_path, kept):
    path = tmp_path / "state.npz"
    save(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    assert load(path) is None


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"cannot keep the state of fine-tuning in .*state"):
        save(tmp_path / "file" / "state.npz", STATE)
