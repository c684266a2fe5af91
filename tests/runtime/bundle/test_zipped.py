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


def test_the_file_may_shrink_while_it_is_open(path):
    tree = ZipTree(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BundleError, match="does not match its bytes"):
        b"".join(tree.chunks("folder/b"))


def test_more_than_the_format_can_address(monkeypatch):
    monkeypatch.setattr(framing, "MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="would exceed 4 GiB"):
        write_zip(io.BytesIO(), {"a": bytes(1000)})


# the form twinlet writes, and that of other tools


def copied(source, target, **changes):
    """Pack again the way most Python code does it: each entry's date and attributes kept."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        for info in before.infolist():
            data = before.read(info)
            for name, value in changes.items():
                setattr(info, name, value)
            after.writestr(info, data)
    return target


@pytest.mark.parametrize("changes", [{}, {"date_time": (2024, 2, 29, 12, 0, 0)}])
def test_a_zip_without_any_header_of_twinlets_is_another_tools(path, tmp_path, changes):
    """With the dates kept even the directory's entries are as twinlet writes them."""
    tree = ZipTree(copied(path, tmp_path / "copied.zip", **changes))
    tree.check_form()
    assert {name: b"".join(tree.chunks(name)) for name in ENTRIES} == ENTRIES


def test_one_header_of_twinlets_holds_the_whole_file_to_its_form(path):
    ZipTree(path).check_form()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more", b"data")
    tree = ZipTree(path)
    assert b"".join(tree.chunks("more")) == b"data"
    with pytest.raises(BundleError, match="the header of 'more' is not as twinlet writes it"):
        tree.check_form()


@pytest.mark.parametrize("field", [8, 12, 14, 36, 38, 40])
def test_bytes_of_the_directory_that_no_digest_covers(path, field):
    """Flags, time, date, internal and external attributes, as offsets in an entry."""
    data = bytearray(path.read_bytes())
    data[data.rindex(framing.CENTRAL_MAGIC) + field] ^= 2
    path.write_bytes(data)
    tree = ZipTree(path)
    with pytest.raises(BundleError, match="its directory is not as twinlet writes it"):
        tree.check_form()


@pytest.mark.parametrize("field", [6, 10, 12])
def test_bytes_of_a_header_that_no_digest_covers(path, field):
    """Flags, time and date, as offsets in the header."""
    data = bytearray(path.read_bytes())
    data[data.index(framing.LOCAL_MAGIC, 1) + field] ^= 2
    path.write_bytes(data)
    tree = ZipTree(path)
    with pytest.raises(BundleError, match="the header of 'folder/b' is not as twinlet writes it"):
        tree.check_form()


def test_entries_in_twinlets_form_but_another_order(path):
    """The directory must have the order of the data."""
    data = path.read_bytes()
    records, position = [], 0
    for name, content in ENTRIES.items():
        records.append(Record(name, zlib.crc32(content), len(content), position))
        position = records[-1].end
    path.write_bytes(data[:position] + framing.ending(records[::-1], position))
    tree = ZipTree(path)
    with pytest.raises(BundleError, match="the header of 'empty' is not as twinlet writes it"):
        tree.check_form()
