from dataclasses import replace

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import Unreadable, open_data
from twinlet_train.data.attributes import read_attributes

ALL = np.arange(6)


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "attributes.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def placed(folder):
    return open_data(str(folder(2, 3)), places=True)


def test_images_are_named_by_their_place(placed, table):
    rows = [f"{place},{'odd' if i % 2 else 'even'}" for i, place in enumerate(placed.places)]
    path = table("image,camera\n" + "\n".join(reversed(rows)) + "\n\n")
    assert read_attributes(path, placed, ALL).tolist() == ["even", "odd"] * 3
    assert read_attributes(path, placed, np.array([5, 0])).tolist() == ["odd", "even"]


def test_a_place_with_a_comma_is_quoted_and_a_byte_order_mark_ignored(folder, table):
    root = folder(2, 3)
    (root / "c0" / "000.png").rename(root / "c0" / "a, b.png")
    data = open_data(str(root), places=True)
    rows = "\r\n".join(f'"{place}", day ' for place in data.places)
    assert read_attributes(table(rows, "utf-8-sig"), data, ALL).tolist() == ["day"] * 6


def test_images_of_arrays_are_named_by_number(labelled, table):
    data = labelled(2, 3)
    path = table("\n".join(f"{i},{'ab'[i // 3]}" for i in range(6)))
    assert read_attributes(path, data, ALL).tolist() == list("aaabbb")


def test_only_images_that_are_measured_need_an_attribute(labelled, table):
    found = read_attributes(table("4,a\n1,b"), labelled(2, 3), np.array([1, 4]))
    assert found.tolist() == ["b", "a"]


def test_images_that_could_not_be_read_may_be_named(placed, table):
    data = replace(placed, unreadable=(Unreadable("c0/broken.png", "no image"),))
    rows = [*(f"{place},x" for place in data.places), "c0/broken.png,x"]
    assert read_attributes(table("\n".join(rows)), data, ALL).tolist() == ["x"] * 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "c0/000.png,x\nc0/nobody.png,y",
            r"line 2: there is no image 'c0/nobody\.png' in .*pets; "
            r"expected a path inside .*pets, such as c0/000\.png",
        ),
        ("c0/000.png,x\nc0/000.png,y", r"line 2: the image 'c0/000\.png' is there twice"),
        (
            "c0/000.png,x",
            r"has no attribute for 5 of the 6 images that are measured: c0/001\.png, "
            r"c0/002\.png, c1/000\.png \.\.\.; add a row for each",
        ),
        ("c0/000.png", "line 1: expected an image and its attribute, two columns"),
        ("c0/000.png,x,y", "line 1: expected an image and its attribute, .* got 3"),
        ("c0/000.png,", "line 1: expected an image and its attribute"),
        ("", "has no rows; expected IMAGE,ATTRIBUTE"),
        ("image,attribute\n", "has no rows; expected IMAGE,ATTRIBUTE"),
        ('"c0/000.png,x', "is not a CSV file in UTF-8"),
    ],
)
def test_bad_tables_are_refused(placed, table, text, message):
    with pytest.raises(InvalidInputError, match=message):
        read_attributes(table(text), placed, ALL)


@pytest.mark.parametrize("image", ["6", "-1", "1.0", "x", "9" * 30])
def test_numbers_that_are_no_image_are_refused(labelled, table, image):
    with pytest.raises(InvalidInputError, match="expected an image's number, 0 to 5"):
        read_attributes(table(f"{image},x"), labelled(2, 3), ALL)


def test_what_is_no_text_file_is_refused(labelled, table, tmp_path):
    with pytest.raises(InvalidInputError, match="is not a CSV file in UTF-8"):
        read_attributes(table("0,\xe9", "latin-1"), labelled(2, 3), ALL)
    with pytest.raises(InvalidInputError, match=r"cannot read the attributes .*missing\.csv"):
        read_attributes(tmp_path / "missing.csv", labelled(2, 3), ALL)
    with pytest.raises(InvalidInputError, match="cannot read the attributes"):
        read_attributes(tmp_path, labelled(2, 3), ALL)
