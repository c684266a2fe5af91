import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import open_data


def test_a_missing_path_names_all_that_would_do(tmp_path):
    with pytest.raises(InvalidInputError, match=r"no data at .*digits, fashion-mnist, cifar10"):
        open_data(str(tmp_path / "nowhere"))


def test_a_file_of_another_kind(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(InvalidInputError, match="is not a data set"):
        open_data(str(path))


def test_channels_are_one_or_three():
    with pytest.raises(InvalidInputError, match="must be 1 or 3, got 2"):
        open_data("digits", channels=2)
