"""A TFLite file tells what it is, and computes what it computed."""

import io
import zipfile

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers.table import Table

from twinlet.backends import open_engine
from twinlet_export.metadata import labelled
from twinlet_export.metadata.tflite_metadata import metadata_of
from twinlet_export.to_tflite import to_tflite


@pytest.fixture(scope="module")
def model(twin):
    return to_tflite(twin, "fp32")


# A reader of its own: fields by their numbers in metadata_schema.fbs.


def root(raw):
    assert raw[4:8] == b"M001"
    return Table(raw, flatbuffers.encode.Get(flatbuffers.packer.uoffset, raw, 0))


def text(table, slot):
    return table.String(table.Pos + offset(table, slot)).decode()


def offset(table, slot):
    return table.Offset(4 + 2 * slot)


def tables(table, slot):
    at = offset(table, slot)
    start = table.Vector(at)
    return [Table(table.Bytes, table.Indirect(start + 4 * i)) for i in range(table.VectorLen(at))]


def child(table, slot):
    return Table(table.Bytes, table.Indirect(table.Pos + offset(table, slot)))


def byte(table, slot):
    return table.Get(flatbuffers.number_types.Int8Flags, table.Pos + offset(table, slot))


def floats(table, slot):
    at = offset(table, slot)
    kind = flatbuffers.number_types.Float32Flags
    return [table.Get(kind, table.Vector(at) + 4 * i) for i in range(table.VectorLen(at))]


@pytest.mark.parametrize(("color", "space"), [("RGB", 1), ("L", 2)])
def test_the_schema_s_fields(describe, color, space):
    description = describe("litert-int8", color)
    found = root(metadata_of(description))
    assert [text(found, slot) for slot in (0, 1, 2)] == [
        "litert-int8",
        description.text,
        "b" * 64,
    ]
    (graph,) = tables(found, 3)
    (pixels,), (embedding,) = tables(graph, 2), tables(graph, 3)
    assert (text(pixels, 0), text(embedding, 0)) == ("pixels", "embedding")
    content = child(pixels, 3)
    assert byte(content, 0) == 2  # ImageProperties
    assert byte(child(content, 1), 0) == space
    (unit,) = tables(pixels, 4)
    assert byte(unit, 0) == 1  # NormalizationOptions
    assert (floats(child(unit, 1), 0), floats(child(unit, 1), 1)) == ([0.0], [1.0])
    assert (floats(child(pixels, 5), 0), floats(child(pixels, 5), 1)) == ([255.0], [0.0])
    assert byte(child(embedding, 3), 0) == 1  # FeatureProperties
    (file,) = tables(found, 6)
    assert text(file, 0) == "calibration.json"


def test_it_lies_in_the_model_under_the_known_name(model, describe):
    description = describe("litert-fp32")
    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(labelled(model, description), 0))
    (entry,) = [entry for entry in tree.metadata if entry.name == b"TFLITE_METADATA"]
    assert bytes(tree.buffers[entry.buffer].data) == metadata_of(description)


def test_the_calibration_follows_as_a_zip(model, describe):
    description = describe("litert-fp32")
    with zipfile.ZipFile(io.BytesIO(labelled(model, description))) as file:
        assert file.namelist() == ["calibration.json"]
        assert file.read("calibration.json").decode() == description.calibration_json


def test_it_computes_the_same(model, describe, pixels):
    before, after = (
        open_engine("litert", m).embed(pixels)
        for m in (model, labelled(model, describe("litert-fp32")))
    )
    np.testing.assert_array_equal(after, before)


def test_the_same_twice(model, describe):
    assert labelled(model, describe("litert-fp32")) == labelled(model, describe("litert-fp32"))
