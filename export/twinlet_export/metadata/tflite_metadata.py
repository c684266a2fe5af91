"""TFLite: the metadata that MediaPipe and other stock clients read.

A FlatBuffer of the metadata schema (metadata_schema.fbs of TensorFlow Lite Support, version
1.5) lies in the model under the name TFLITE_METADATA; files that it names follow the model as a
ZIP. Tables are written here field by field, because the packages that bring the schema's Python
code are large and bring their own engines.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from twinlet_export.metadata.describing import CALIBRATION_FILE, Description

NAME = b"TFLITE_METADATA"
IDENTIFIER = b"M001"
MODEL_IDENTIFIER = b"TFL3"
PARSER = "1.0.0"  # the oldest that knows every field used here
COLOURS = {"RGB": 1, "L": 2}  # ColorSpaceType
FEATURES, IMAGE = 1, 2  # members of the union ContentProperties
NORMALISATION = 1  # member of the union ProcessUnitOptions
DESCRIPTIONS = 1  # AssociatedFileType
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a ZIP can state: same model, same bytes


def with_metadata(model: bytes, description: Description) -> bytes:
    """Add metadata and the calibration.

    Args:
        model: A TFLite file.
        description: What it is.

    Returns:
        The file with them; tensors and operators are the same, and equal arrays share bytes.
    """
    from ai_edge_litert import schema_py_generated as schema

    from twinlet_export.metadata.sharing import SharingBuilder

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    tree.description = f"twinlet {description.name}"
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = list(metadata_of(description))
    entry.name, entry.buffer = NAME, len(tree.buffers)
    tree.buffers.append(buffer)
    tree.metadata = [*(tree.metadata or []), entry]
    builder = SharingBuilder(len(model))
    builder.Finish(tree.Pack(builder), MODEL_IDENTIFIER)
    return bytes(builder.Output()) + _zipped(CALIBRATION_FILE, description.calibration_json)


def metadata_of(description: Description) -> bytes:
    """The ModelMetadata of a file, as a FlatBuffer."""
    import flatbuffers

    b = flatbuffers.Builder(1024)
    pixels = _table(
        b,
        7,
        {
            0: b.CreateString("pixels"),
            1: b.CreateString(description.input_text),
            3: _content(b, IMAGE, _table(b, 2, {}, {0: COLOURS[description.color]})),
            4: _offsets(b, [_identity(b)]),
            5: _table(b, 2, {0: _floats(b, [255.0]), 1: _floats(b, [0.0])}),
        },
    )
    embedding = _table(
        b,
        7,
        {
            0: b.CreateString("embedding"),
            1: b.CreateString(description.output_text),
            3: _content(b, FEATURES, _table(b, 0, {})),
        },
    )
    graph = _table(b, 10, {2: _offsets(b, [pixels]), 3: _offsets(b, [embedding])})
    calibration = _table(
        b,
        5,
        {
            0: b.CreateString(CALIBRATION_FILE),
            1: b.CreateString("Thresholds for False Match Rates, with their bounds."),
        },
        {2: DESCRIPTIONS},
    )
    root = _table(
        b,
        8,
        {
            0: b.CreateString(description.name),
            1: b.CreateString(description.text),
            2: b.CreateString(description.bundle_id),
            3: _offsets(b, [graph]),
            6: _offsets(b, [calibration]),
            7: b.CreateString(PARSER),
        },
    )
    b.Finish(root, IDENTIFIER)
    return bytes(b.Output())


def _table(b: Any, size: int, offsets: dict[int, int], bytes_: dict[int, int] | None = None) -> int:
    """A table of `size` fields: references and single bytes, by the field's number."""
    b.StartObject(size)
    for slot, offset in offsets.items():
        b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, value in (bytes_ or {}).items():
        b.PrependInt8Slot(slot, value, 0)
    table: int = b.EndObject()
    return table


def _content(b: Any, kind: int, properties: int) -> int:
    return _table(b, 3, {1: properties}, {0: kind})


def _identity(b: Any) -> int:
    """NormalizationOptions that change nothing: (x - 0) / 1."""
    options = _table(b, 2, {0: _floats(b, [0.0]), 1: _floats(b, [1.0])})
    return _table(b, 2, {1: options}, {0: NORMALISATION})


def _offsets(b: Any, tables: list[int]) -> int:
    return _vector(b, tables, b.PrependUOffsetTRelative)


def _floats(b: Any, values: list[float]) -> int:
    return _vector(b, values, b.PrependFloat32)


def _vector(b: Any, values: Sequence[float], prepend: Callable[[Any], None]) -> int:
    """A vector of four bytes each; a FlatBuffer is written from its end."""
    b.StartVector(4, len(values), 4)
    for value in reversed(values):
        prepend(value)
    vector: int = b.EndVector()
    return vector


def _zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        file.writestr(zipfile.ZipInfo(name, _EPOCH), text)
    return packed.getvalue()
