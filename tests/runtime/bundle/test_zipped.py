"""The ZIP's framing, against Python's own reader and against tampering."""

import io
import zipfile
import zlib
from dataclasses import replace

import pytest

from twinlet import BundleError
from twinlet.bundle import framing
from twinlet.bundle.framing import Record
from twinlet.bundle.zipped import ZipTree, write_zip

ENTRIES = {"a": b"first", "folder/b": bytes(range(256)) * 3, "empty": b""}


@pytest.fixture
def path(tmp_path):
    with (tmp_path / "x.zip").open("wb") as stream:
        write_zip(stream, ENTRIES)
    return tmp_path / "x.zip"


def test_there_and_back(path):
    tree = ZipTree(path)
    assert dict(tree.sizes) == {name: len(data) for name, data in ENTRIES.items()}
    assert {name: b"".join(tree.chunks(name)) for name in ENTRIES} == ENTRIES


def test_pythons_zipfile_reads_the_same(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == ENTRIES
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_data_begin_at_multiples_of_64(path):
    data = path.read_bytes()
    position = 0
    for name, content in ENTRIES.items():
        record = Record(name, zlib.crc32(content), len(content), position)
        assert record.data % framing.ALIGNMENT == 0
        assert data[record.data : record.end] == content
        position = record.end
    assert data[position : position + 4] == framing.CENTRAL_MAGIC


def test_padding_of_every_length_is_framed():
    """The extra field holds its 6 bytes and 0 to 63 zeros."""
    lengths = set()
    for start in range(64):
        header = Record("a", 0, 0, start).header()
        assert (start + len(header)) % 64 == 0
        lengths.add(len(header) - framing.LOCAL.size - len("a"))
    assert lengths == set(range(6, 70))


def test_headers_that_agree_on_a_wrong_checksum(tmp_path):
    right = Record("a", zlib.crc32(b"data"), 4, 0)
    wrong = replace(right, crc=1)
    (tmp_path / "x.zip").write_bytes(right.header() + b"data" + framing.ending([right], right.end))
    assert b"".join(ZipTree(tmp_path / "x.zip").chunks("a")) == b"data"
    (tmp_path / "x.zip").write_bytes(wrong.header() + b"data" + framing.ending([wrong], wrong.end))
    with pytest.raises(BundleError, match="the checksum of 'a' does not match its bytes"):
        b"".join(ZipTree(tmp_path / "x.zip").chunks("a"))


def test_overlapping_entries(tmp_path):
    """Two names for the same bytes: the start of a ZIP bomb."""
    record = Record("a", zlib.crc32(b"data"), 4, 0)
    twin = replace(record, name="b")
    (tmp_path / "x.zip").write_bytes(
        record.header() + b"data" + framing.ending([record, twin], record.end)
    )
    with pytest.raises(BundleError, match="the header of 'b' is not as twinlet writes it"):
        ZipTree(tmp_path / "x.zip")


def test_the_file_may_shrink_while_it_is_open(path):
    tree = ZipTree(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BundleError, match="does not match its bytes"):
        b"".join(tree.chunks("folder/b"))


def test_more_than_the_format_can_address(monkeypatch):
    monkeypatch.setattr(framing, "MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="would exceed 4 GiB"):
        write_zip(io.BytesIO(), {"a": bytes(1000)})
