"""The list of files, and that each name gives what it says."""

import numpy as np
import pytest

from twinlet.backends import open_engine
from twinlet.bundle import FILE_NAMES
from twinlet.errors import InvalidInputError
from twinlet_export.aware.methods import METHODS
from twinlet_export.building import Builder, chosen_files
from twinlet_export.settings import BUILT, GOLDEN_MIN_COSINE, PARITY_LIMITS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", BUILT),
        ("litert-int8", ("litert-int8",)),
        ("onnx-int8, litert-fp32", ("litert-fp32", "onnx-int8")),
        ("onnx-fp32,onnx-fp32,", ("onnx-fp32",)),
    ],
)
def test_choosing_files(text, names):
    assert chosen_files(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("litert", "unknown file 'litert'; expected 'all' or some of litert-fp32"),
        ("litert-fp32,onnx-int4", "unknown file 'onnx-int4'"),
        ("litert-int8-qar", "unknown file 'litert-int8-qar'; expected 'all' or some of litert"),
        ("", "no file named in ''"),
        (" , ", "no file named in ' , '"),
    ],
)
def test_choosing_badly(text, message):
    with pytest.raises(InvalidInputError, match=message):
        chosen_files(text)


def test_all_files_of_the_contract_are_built():
    assert sorted(BUILT) == sorted(FILE_NAMES)


def test_every_file_has_its_limits():
    for name in BUILT:
        assert FILE_NAMES[name].precision in PARITY_LIMITS
        assert FILE_NAMES[name].precision in GOLDEN_MIN_COSINE


CONVERTED = [name for name in BUILT if FILE_NAMES[name].precision not in METHODS]


@pytest.mark.parametrize("name", sorted(set(BUILT) - set(CONVERTED)))
def test_what_is_tuned_needs_a_tuner(name, twin, pixels):
    with pytest.raises(InvalidInputError, match=r"made by fine-tuning, which needs the data"):
        Builder(twin, pixels).build(name)


@pytest.mark.parametrize("name", CONVERTED)
def test_every_file_runs_on_its_engine(name, twin, pixels, reference, cosines):
    model = Builder(twin, pixels).build(name)
    engine = open_engine(FILE_NAMES[name].engine, model)
    found = engine.embed(pixels)
    # 8-bit rounding through four layers at the most; see test_to_tflite for each precision.
    assert cosines(found, reference).min() > 0.99
    assert "pixels" in engine.input.name  # TFLite puts the signature's name around it
    assert engine.input.dtype == "uint8"
    assert engine.input.shape[1:] == (16, 16, 3)
    assert engine.output.dtype == "float32"


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_both_engines_give_the_same(precision, twin, pixels, cosines):
    builder = Builder(twin, pixels)
    found = [
        open_engine(FILE_NAMES[name].engine, builder.build(name)).embed(pixels)
        for name in (f"litert-{precision}", f"onnx-{precision}")
    ]
    lowest = {"fp32": 0.999999, "int8": 0.99}[precision]
    assert np.all(cosines(*found) > lowest)
