"""Templates: unit vectors of float32, or of int8 with a scale."""

import numpy as np
import pytest

from twinlet import InvalidInputError, Template
from twinlet.templates import normalise

ID = "ab" * 32


@pytest.fixture
def template():
    return Template(np.array([0.6, 0.8], dtype=np.float32), ID, "onnx-fp32")


@pytest.mark.parametrize(
    "vector", [[0.0, 0.0], [1.0, 1.0], [np.nan, 1.0], [[1.0, 0.0]], 1.0, [], [np.inf, 0.0]]
)
def test_what_is_no_unit_vector(vector):
    with pytest.raises(InvalidInputError, match="a template is one vector of unit length"):
        Template(np.array(vector, dtype=np.float32), ID, "onnx-fp32")


def test_an_id_is_a_digest():
    with pytest.raises(InvalidInputError, match="64 hex digits; got 'mine'"):
        Template(np.array([1.0], dtype=np.float32), "mine", "onnx-fp32")


@pytest.mark.parametrize("name", ["litert-fp32é", "\udc80", "x" * 256, None, b"onnx-fp32"])
def test_a_file_is_a_name_that_can_be_stored(name):
    with pytest.raises(InvalidInputError) as caught:
        Template(np.array([1.0], dtype=np.float32), ID, name)
    assert str(caught.value) == (
        "a template's file is a name of at most 255 ASCII characters, as in `Verifier.file`; "
        f"got {name!r}"
    )


def test_a_template_cannot_be_changed():
    vector = np.array([1.0, 0.0], dtype=np.float32)
    template = Template(vector, ID, "onnx-fp32")
    vector[0] = 0.5
    assert template.vector.tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="read-only"):
        template.vector[0] = 0.5


def test_int8(template):
    small = template.to_int8()
    assert (template.encoding, small.encoding) == ("float32", "int8")
    # 0.6 / (0.8 / 127) = 95.25
    assert small.vector.tolist() == [95, 127]
    assert small.scale == np.float32(0.8) / np.float32(127)
    assert (small.bundle_id, small.file) == (ID, "onnx-fp32")
    assert small.to_int8() is small
    with pytest.raises(ValueError, match="read-only"):
        small.vector[0] = 5


@pytest.mark.parametrize("size", [1, 3, 128, 4096])
def test_any_unit_vector_has_an_int8_form(size):
    generator = np.random.default_rng(size)
    spread, peaked = generator.normal(size=size), np.full(size, 1e-9)
    peaked[-1] = -1.0
    even = np.ones(size)
    for vector in normalise([spread, peaked, even]):
        assert Template(vector, ID, "onnx-fp32").to_int8().encoding == "int8"


@pytest.mark.parametrize(
    ("numbers", "scale", "message"),
    [
        ([95, 127], 1.0, "got 127 and 1; make one with `to_int8`"),
        ([95, 126], 0.8 / 127, r"got 126 and 0\.00629"),
        ([0, 0], 0.8 / 127, "got 0 and"),
        ([], 0.8 / 127, "got 0 and"),
        ([[95, 127]], 0.8 / 127, r"one vector of unit length; got shape \(1, 2\)"),
        ([1, 127], 0.3 / 127, r"one vector of unit length; got shape \(2,\) of length 0\.3"),
        ([95, 127], float("nan"), "got 127 and nan"),
    ],
)
def test_what_is_no_int8_template(numbers, scale, message):
    with pytest.raises(InvalidInputError, match=message):
        Template(np.array(numbers, dtype=np.int8), ID, "onnx-fp32", scale)


def test_a_float32_template_has_no_scale():
    with pytest.raises(InvalidInputError, match=r"a float32 template has scale 1; got 0\.5"):
        Template(np.array([2.0, 0.0], dtype=np.float32), ID, "onnx-fp32", 0.5)


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
