import pytest

from twinlet import InvalidInputError
from twinlet.encodings import Encoding, Pairing, as_encoding, pairing, stored_bytes

FLOAT32, INT8 = Encoding.FLOAT32, Encoding.INT8


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (FLOAT32, FLOAT32, Pairing.FLOAT32),
        (FLOAT32, INT8, Pairing.CROSS),
        (INT8, FLOAT32, Pairing.CROSS),
        (INT8, INT8, Pairing.INT8),
    ],
)
def test_the_pairing_of_two_encodings(a, b, expected):
    assert pairing(a, b) is expected


def test_names():
    assert as_encoding("int8") is INT8
    assert as_encoding(Encoding.FLOAT32) is FLOAT32


@pytest.mark.parametrize("name", ["", "INT8", "int4", "float16"])
def test_an_unknown_encoding(name):
    with pytest.raises(InvalidInputError) as caught:
        as_encoding(name)
    assert str(caught.value) == f"templates are kept as float32 or int8, got {name!r}"


def test_the_room_a_template_takes():
    # 128 float32 numbers; 128 bytes and a scale
    assert (stored_bytes(FLOAT32, 128), stored_bytes(INT8, 128)) == (512, 132)
