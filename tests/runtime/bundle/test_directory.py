"""What the directory of any tool's ZIP may not say."""

import io
import struct
import zipfile

import pytest

from twinlet import BundleError
from twinlet.bundle import framing
from twinlet.bundle.directory import read_directory


def packed(*infos):
    """A ZIP with one byte in each entry, by Python's zipfile."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for info in infos or ("a", "b"):
            archive.writestr(info, b"x")
    return bytearray(stream.getvalue())


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def patched(field, value, form="<H", magic=framing.CENTRAL_MAGIC):
    """The plain ZIP with one field changed in the last record with this magic."""
    data = packed()
    struct.pack_into(form, data, data.rindex(magic) + field, value)
    return data


def refusal(data):
    with pytest.raises(BundleError) as caught:
        read_directory(io.BytesIO(data))
    return str(caught.value)


@pytest.mark.parametrize("comment", [b"", b"text", b"PK\x05\x06" + bytes(30)])
def test_behind_a_comment(comment):
    data = packed()
    struct.pack_into("<H", data, len(data) - 2, len(comment))
    directory = read_directory(io.BytesIO(data + comment))
    assert [record.name for record in directory.records] == ["a", "b"]
    assert [record.size for record in directory.records] == [1, 1]
    assert data[directory.start :].startswith(framing.CENTRAL_MAGIC)


def test_a_folder_has_no_bytes():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("files/", b"")
    assert [record.name for record in read_directory(stream).records] == ["files/"]
    assert "unsafe path 'files/'" in refusal(packed("files/"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../files/", b"")
    assert "unsafe path '../files'" in refusal(stream.getvalue())


@pytest.mark.parametrize("mode", [0o120777, 0o040755, 0o020644])
def test_a_link_a_folder_and_a_device(mode):
    assert "'l' is a link, a device or a folder" in refusal(packed(entry("l", mode)))


@pytest.mark.parametrize("mode", [0, 0o644, 0o100644, 0o100600])
def test_regular_files(mode):
    assert len(read_directory(io.BytesIO(packed(entry("f", mode)))).records) == 1


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (8, 1, "the bundle's entry 'b' is encrypted"),
        (10, 8, "the bundle's entry 'b' is compressed"),
        (10, 99, "the bundle's entry 'b' is compressed"),
        (20, 2, "states two sizes of 'b', 2 and 1 bytes"),
        (28, 2, "its directory ends too early"),  # the name's length
        (32, 60_000, "its directory ends too early"),  # the comment's length
        (0, 0, "its directory ends too early"),  # the magic
        (38, 0x10, "'b' is a link, a device or a folder"),  # MS-DOS' attributes
    ],
)
def test_an_entry(field, value, message):
    assert message in refusal(patched(field, value))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (4, 1, "it goes on in another file"),
        (6, 1, "it goes on in another file"),
        (8, 1, "it goes on in another file"),  # entries on this disk
        (12, 50, "its directory is not where its last bytes say"),
        (16, 50, "its directory is not where its last bytes say"),
        (20, 1, "it is cut short, there is no ZIP directory at its end"),  # comment
    ],
)
def test_the_end_record(field, value, message):
    assert message in refusal(patched(field, value, magic=framing.END_MAGIC))


@pytest.mark.parametrize(
    ("count", "message"),
    [(1, "is longer than the entries it counts"), (3, "ends too early"), (1001, "has 1001 entr")],
)
def test_a_wrong_count(count, message):
    both = count | count << 16  # on this disk, and altogether
    assert message in refusal(patched(8, both, "<L", framing.END_MAGIC))


def test_zip64(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # zipfile's own switch to ZIP64
    assert "the bundle is a ZIP64" in refusal(packed())
