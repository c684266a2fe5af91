"""Rows of a gallery's file: pinned bytes, and what does not belong into one."""

import struct
from pathlib import Path

import numpy as np
import pytest

from twinlet import GalleryError, InvalidInputError, Template
from twinlet.encodings import Encoding
from twinlet.gallery.rows import to_index, to_row
from twinlet.templates import normalise

PEOPLE = Path("people.db")


@pytest.fixture
def template():
    return Template(np.array([0.6, 0.8], dtype=np.float32), "ab" * 32, "onnx-fp32")


def test_rows_are_pinned(template):
    assert to_row(template, Encoding.FLOAT32) == struct.pack("<2f", 0.6, 0.8)
    # 0.6 / (0.8 / 127) = 95.25
    small = struct.pack("<f2b", 0.8 / 127, 95, 127)
    assert to_row(template, Encoding.INT8) == small
    assert to_row(template.to_int8(), Encoding.INT8) == small


def test_an_int8_template_does_not_become_float32(template):
    with pytest.raises(InvalidInputError) as caught:
        to_row(template.to_int8(), Encoding.FLOAT32)
    assert "keeps float32 templates, got an int8 one" in str(caught.value)
    assert "enrol the image" in str(caught.value)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_there_and_back(encoding):
    vectors = normalise(np.random.default_rng(2).normal(size=(5, 7)))
    templates = [Template(vector, "ab" * 32, "onnx-fp32") for vector in vectors]
    owners = ("ann", "ann", "bob", "cem", "cem")
    rows = [(who, to_row(one, encoding)) for who, one in zip(owners, templates, strict=True)]
    index = to_index(rows, encoding, dimensions=7, path=PEOPLE)
    assert index.ids == ("ann", "bob", "cem")
    assert index.starts.tolist() == [0, 2, 3]
    kept = [one.to_int8() if encoding is Encoding.INT8 else one for one in templates]
    np.testing.assert_array_equal(index.vectors, [one.vector for one in kept])
    assert index.vectors.dtype == np.dtype(encoding)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_no_rows(encoding):
    index = to_index([], encoding, dimensions=7, path=PEOPLE)
    assert (index.ids, index.vectors.shape) == ((), (0, 7))


@pytest.mark.parametrize(("encoding", "size"), [(Encoding.FLOAT32, 8), (Encoding.INT8, 6)])
def test_a_row_of_another_size(encoding, size):
    for other in (0, size - 1, size + 1):
        rows = [("ann", bytes(size)), ("bob", bytes(other))]
        with pytest.raises(GalleryError) as caught:
            to_index(rows, encoding, dimensions=2, path=PEOPLE)
        assert f"people.db is damaged: a template of 'bob' has {other} bytes" in str(caught.value)
        assert f"expected {size};" in str(caught.value)
