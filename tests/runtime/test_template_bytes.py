"""The byte form of templates: pinned, and damage is noticed."""

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

from twinlet import InvalidInputError, Template

ID = "ab" * 32
SCALE = 0.8 / 127


@pytest.fixture
def exact():
    return Template(np.array([0.6, 0.8], dtype=np.float32), ID, "onnx-fp32")


@pytest.fixture(params=["float32", "int8"])
def template(request, exact):
    return exact.to_int8() if request.param == "int8" else exact


def test_the_byte_form_of_float32_is_pinned(exact):
    body = (
        b"TWTM\x01\x00\x09\x00"
        + struct.pack("<I", 2)
        + bytes.fromhex(ID)
        + b"onnx-fp32"
        + struct.pack("<2f", 0.6, 0.8)
    )
    assert exact.to_bytes() == body + struct.pack("<I", zlib.crc32(body))


def test_the_byte_form_of_int8_is_pinned(exact):
    body = (
        b"TWTM\x01\x01\x09\x00"
        + struct.pack("<I", 2)
        + bytes.fromhex(ID)
        + b"onnx-fp32"
        + struct.pack("<f2b", SCALE, 95, 127)
    )
    assert exact.to_int8().to_bytes() == body + struct.pack("<I", zlib.crc32(body))


def test_a_template_of_128_dimensions_takes_128_bytes_and_a_scale():
    vector = np.zeros(128, dtype=np.float32)
    vector[5] = 1.0
    whole = Template(vector, ID, "onnx-fp32")
    beside = 48 + len("onnx-fp32")
    assert len(whole.to_bytes()) == beside + 512
    assert len(whole.to_int8().to_bytes()) == beside + 132


def test_there_and_back(template):
    back = Template.from_bytes(template.to_bytes())
    np.testing.assert_array_equal(back.vector, template.vector)
    assert back.vector.dtype == template.vector.dtype
    assert (back.bundle_id, back.file, back.scale) == (ID, "onnx-fp32", template.scale)
    assert back.to_bytes() == template.to_bytes()


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
        (b"TWTM\x01\x07" + bytes(100), "encoding 7; this twinlet reads version 1, encodings 0, 1"),
        (b"TWTM\x01" + bytes(100), "is damaged: expected 48 bytes with a matching checksum"),
        (b"TWTM\x01\x01" + bytes(100), "is damaged: expected 52 bytes with a matching checksum"),
    ],
)
def test_what_is_no_template(data, message):
    with pytest.raises(InvalidInputError) as caught:
        Template.from_bytes(data)
    assert message in str(caught.value)


def test_whole_bytes_that_name_no_file(template):
    """The checksum is right; whoever wrote them did something else."""
    body = template.to_bytes()[:-4].replace(b"onnx-fp32", b"onnx-fp3\xe9")
    with pytest.raises(InvalidInputError) as caught:
        Template.from_bytes(body + struct.pack("<I", zlib.crc32(body)))
    assert str(caught.value) == (
        "this stored template does not say which file made it: expected a name in ASCII, "
        "got b'onnx-fp3\\xe9'; make it again from its image"
    )


def test_the_longest_file_name_there_and_back(exact):
    longest = replace(exact, file="x" * 255)
    assert Template.from_bytes(longest.to_bytes()).file == "x" * 255


@pytest.mark.parametrize(
    ("scale", "numbers", "message"),
    [
        (SCALE, (95, 126), r"got 126 and 0\.006"),
        (SCALE, (0, 0), r"got 0 and 0\.006"),
        (SCALE, (-128, 127), r"got 128 and 0\.006"),
        (SCALE, (127, 127), "of unit length; got shape"),
        (float("nan"), (95, 127), "got 127 and nan"),
        (float("inf"), (95, 127), "got 127 and inf"),
        (0.0, (95, 127), "got 127 and 0"),
        (-SCALE, (95, 127), r"got 127 and -0\.006"),
        (1.0, (95, 127), "got 127 and 1"),
    ],
)
def test_whole_bytes_that_hold_no_int8_template(exact, scale, numbers, message):
    """The checksum is right; whoever wrote them did something else."""
    data = exact.to_int8().to_bytes()
    body = data[: -4 - 6] + struct.pack("<f2b", scale, *numbers)
    with pytest.raises(InvalidInputError, match=message):
        Template.from_bytes(body + struct.pack("<I", zlib.crc32(body)))
