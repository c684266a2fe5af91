"""Templates: unit vectors with a pinned byte form."""

import struct
import zlib

import numpy as np
import pytest

from twinlet import InvalidInputError, Template
from twinlet.templates import normalise

ID = "ab" * 32


@pytest.fixture
def template():
    return Template(np.array([0.6, 0.8], dtype=np.float32), ID, "onnx-fp32")


def test_the_byte_form_is_pinned(template):
    body = (
        b"TWTM\x01\x00\x09\x00"
        + struct.pack("<I", 2)
        + bytes.fromhex(ID)
        + b"onnx-fp32"
        + struct.pack("<2f", 0.6, 0.8)
    )
    assert template.to_bytes() == body + struct.pack("<I", zlib.crc32(body))


def test_there_and_back(template):
    back = Template.from_bytes(template.to_bytes())
    np.testing.assert_array_equal(back.vector, template.vector)
    assert (back.bundle_id, back.file) == (ID, "onnx-fp32")


def test_one_flipped_bit_anywhere_is_noticed(template):
    data = template.to_bytes()
    for position in range(8 * len(data)):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(InvalidInputError):
            Template.from_bytes(bytes(changed))


@pytest.mark.parametrize("length", [0, 4, 20, -1])
def test_truncation_is_noticed(template, length):
    with pytest.raises(InvalidInputError):
        Template.from_bytes(template.to_bytes()[:length])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a stored template: expected it to begin with b'TWTM', got 0 bytes"),
        (b"\x89PNG" + bytes(100), "not a stored template"),
        (b"TWTM\x02" + bytes(100), "has version 2, encoding 0; this twinlet reads version 1"),
        (b"TWTM\x01\x07" + bytes(100), "has version 1, encoding 7"),
        (b"TWTM\x01" + bytes(100), "is damaged: expected 48 bytes with a matching checksum"),
    ],
)
def test_what_is_no_template(data, message):
    with pytest.raises(InvalidInputError) as caught:
        Template.from_bytes(data)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "vector", [[0.0, 0.0], [1.0, 1.0], [np.nan, 1.0], [[1.0, 0.0]], 1.0, [], [np.inf, 0.0]]
)
def test_what_is_no_unit_vector(vector):
    with pytest.raises(InvalidInputError, match="a template is one vector of unit length"):
        Template(np.array(vector, dtype=np.float32), ID, "onnx-fp32")


def test_an_id_is_a_digest():
    with pytest.raises(InvalidInputError, match="64 hex digits; got 'mine'"):
        Template(np.array([1.0], dtype=np.float32), "mine", "onnx-fp32")


def test_a_template_cannot_be_changed():
    vector = np.array([1.0, 0.0], dtype=np.float32)
    template = Template(vector, ID, "onnx-fp32")
    vector[0] = 0.5
    assert template.vector.tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="read-only"):
        template.vector[0] = 0.5


def test_normalise():
    # 3-4-5 triangles; the second would overflow if squared in float32
    raw = np.array([[3.0, 4.0], [3e30, -4e30], [3e-30, 4e-30]], dtype=np.float32)
    unit = normalise(raw)
    assert unit.dtype == np.float32
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0.6, -0.8], [0.6, 0.8]], rtol=1e-6)
    assert normalise(np.zeros((0, 4))).shape == (0, 4)


@pytest.mark.parametrize(
    ("row", "length"), [([0, 0], "0"), ([np.nan, 1], "nan"), ([np.inf, 1], "inf")]
)
def test_an_embedding_without_direction(row, length):
    with pytest.raises(InvalidInputError, match=f"embedding 1 has length {length}, so it has no"):
        normalise(np.array([[1.0, 0.0], row], dtype=np.float32))
