"""Where the data lie, and headers that tell another story than the directory."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from twinlet import BundleError
from twinlet.bundle import framing
from twinlet.bundle.directory import Directory, read_directory
from twinlet.bundle.framing import Record
from twinlet.bundle.places import locate

DATA = {"a": b"first", "b": b"", "c/d": b"third"}


def packed():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in DATA.items():
            archive.writestr(name, data)
    return bytearray(stream.getvalue())


def described(descriptor, data=b"data", following=b""):
    """One entry of a stream: header without sizes, data, descriptor."""
    header = framing.LOCAL.pack(framing.LOCAL_MAGIC, 20, 8, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    body = header + data + descriptor + following
    return body, Directory((Record("a", zlib.crc32(data), len(data), 0),), len(body))


def refusal(data, directory=None):
    stream = io.BytesIO(data)
    with pytest.raises(BundleError) as caught:
        locate(stream, directory or read_directory(stream))
    return str(caught.value)


def test_the_data_are_there():
    data = packed()
    stream = io.BytesIO(data)
    places = locate(stream, read_directory(stream))
    assert {name: bytes(data[at : at + len(DATA[name])]) for name, at in places.items()} == DATA


@pytest.mark.parametrize(
    ("field", "value", "form", "message"),
    [
        (0, 0, "<L", "there is no header of 'a' where its directory says"),
        (6, 1, "<H", "entry 'a' is encrypted"),
        (8, 8, "<H", "the header of 'a' contradicts the directory"),
        (14, 0, "<L", "the header of 'a' contradicts the directory"),  # checksum
        (18, 4, "<L", "the header of 'a' contradicts the directory"),  # size as packed
        (22, 0, "<L", "the header of 'a' contradicts the directory"),  # size
        (28, 1, "<H", "the bundle's entry 'a' overlaps what follows it"),  # the extra's length
        (30, ord("z"), "<B", "names an entry 'a', the entry's header says 'z'"),
        (26, 4, "<H", "names an entry 'a', the entry's header says 'afir'"),  # the name's length
    ],
)
def test_a_header(field, value, form, message):
    data = packed()
    struct.pack_into(form, data, field, value)
    assert message in refusal(data)


def test_a_size_that_stands_in_a_zip64_field():
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w") as archive,
        archive.open("a", "w", force_zip64=True) as entry,
    ):
        entry.write(b"data")
    start = locate(stream, read_directory(stream))["a"]
    assert stream.getvalue()[start : start + 4] == b"data"


@pytest.mark.parametrize("magic", [b"", b"PK\x07\x08"])
@pytest.mark.parametrize("form", ["<3L", "<L2Q"])
def test_a_descriptor(magic, form):
    body, directory = described(magic + struct.pack(form, zlib.crc32(b"data"), 4, 4))
    assert locate(io.BytesIO(body), directory) == {"a": 31}


@pytest.mark.parametrize(
    "descriptor",
    [
        struct.pack("<3L", 1, 4, 4),
        struct.pack("<3L", zlib.crc32(b"data"), 4, 5),
        struct.pack("<3L", zlib.crc32(b"data"), 4, 4) + b"x",
        struct.pack("<3L", zlib.crc32(b"data"), 4, 4)[:-1],
    ],
)
def test_a_wrong_descriptor(descriptor):
    assert "the bytes behind 'a' belong to no entry" in refusal(*described(descriptor))


def test_bytes_that_belong_to_no_entry():
    first = Record("a", zlib.crc32(b"data"), 4, 0)
    body = first.header() + b"data"
    gap = body + b"hidden" + framing.ending([first], len(body) + 6)
    assert "the bytes behind 'a' belong to no entry" in refusal(gap)
    later = replace(first, start=6)
    before = b"hidden" + later.header() + b"data"
    end = framing.ending([later], len(before))
    assert "there are bytes before its first entry" in refusal(before + end)
    assert "there are bytes before its first" in refusal(b"#" + framing.ending([], 1))


def test_two_names_for_the_same_bytes():
    """The start of a ZIP bomb."""
    first = Record("a", zlib.crc32(b"data"), 4, 0)
    body = first.header() + b"data"
    second = replace(first, name="b")
    assert "entry 'a' overlaps what follows it" in refusal(
        body + framing.ending([first, second], len(body))
    )


def test_data_that_reach_into_the_directory():
    first = Record("a", zlib.crc32(b"data"), 4, 0)
    long = replace(first, size=5)
    body = long.header() + b"data"
    assert "entry 'a' overlaps what follows it" in refusal(body + framing.ending([long], len(body)))
