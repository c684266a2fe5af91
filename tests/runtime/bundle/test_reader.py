"""Every refusal of the reader, each with its own message."""

import json
import os
import struct
import zipfile

import numpy as np
import pytest

from twinlet import BundleError, InvalidInputError
from twinlet.bundle import Bundle

README = "README.md"
MODEL = "files/onnx-fp32.onnx"


def refusal(path):
    with pytest.raises(BundleError) as caught:
        Bundle.open(path)
    return str(caught.value)


def without(entries, name):
    return {path: data for path, data in entries.items() if path != name}


def flipped(data, position):
    changed = bytearray(data)
    changed[position] ^= 1 << position % 8
    return bytes(changed)


def test_the_tiny_bundle_opens_in_both_forms(tiny, forge):
    packed = Bundle.open(tiny)
    unpacked = Bundle.open(forge.unpacked(forge.entries))
    assert packed.manifest == unpacked.manifest
    assert packed.read(MODEL) == unpacked.read(MODEL)
    assert packed.readme().startswith("# tiny")
    assert not packed.signed


def test_nothing_there(tmp_path):
    with pytest.raises(InvalidInputError, match=r"there is no bundle at .*none\.twin"):
        Bundle.open(tmp_path / "none.twin")


@pytest.mark.parametrize("data", [b"", b"PK", b"this is a text\n", bytes(1000)])
def test_neither_zip_nor_folder(tmp_path, data):
    path = tmp_path / "x.twin"
    path.write_bytes(data)
    message = refusal(path)
    assert message.startswith(f"{path}: this is no bundle; expected a ZIP or a folder")
    assert f"got a file of {len(data)} bytes" in message


def test_a_zip_or_folder_of_something_else(forge):
    assert "there is no manifest.json in it" in refusal(forge.packed({"a.txt": b"a"}))
    assert "there is no manifest.json in it" in refusal(forge.unpacked({"a.txt": b"a"}))
    assert "there is no manifest.json in it" in refusal(forge.packed({}))


def test_an_unreadable_file_is_a_message_not_a_traceback(tiny, monkeypatch):
    def fail(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("twinlet.bundle.reader.ZipTree", fail)
    assert refusal(tiny) == f"{tiny}: cannot be read: Permission denied"


# paths and sizes


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "files/../../x", "a//b", "./a", "a/", "a\\b", "C:x", ".hidden", "a/.b", "ä"],
)
def test_an_unsafe_path_in_a_zip(tmp_path, forge, path):
    target = tmp_path / "x.twin"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("manifest.json", forge.entries["manifest.json"])
        archive.writestr(zipfile.ZipInfo(path), b"x")
    assert "unsafe path" in refusal(target)


def test_an_unsafe_path_in_a_folder(forge):
    folder = forge.unpacked({**forge.entries, "files/.DS_Store": b"x"})
    assert "unsafe path 'files/.DS_Store'" in refusal(folder)


@pytest.mark.parametrize("name", ["link", "files/link"])
def test_a_link_in_a_folder(forge, name):
    folder = forge.unpacked(forge.entries)
    (folder / name).symlink_to(os.sep)
    assert f"unsafe path '{name}': a link or a device" in refusal(folder)


def test_a_name_twice(tmp_path):
    target = tmp_path / "x.twin"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("README.md", b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("README.md", b"two")
    assert "holds 'README.md' twice" in refusal(target)


def test_an_entry_that_says_it_is_too_large(tmp_path, tiny):
    """512 MiB and a byte, stated in the directory: refused before anything is read."""
    data = tiny.read_bytes()
    record = data.rindex(b"PK\x01\x02", 0, data.rindex(MODEL.encode()))
    size = struct.pack("<L", 512 * 2**20 + 1)
    changed = data[: record + 20] + size + size + data[record + 28 :]
    (tmp_path / "x.twin").write_bytes(changed)
    assert f"entry '{MODEL}' is too large: 536870913 bytes" in refusal(tmp_path / "x.twin")


def test_an_entry_that_is_too_large(forge):
    folder = forge.unpacked(forge.entries)
    with (folder / "manifest.json").open("ab") as stream:
        stream.truncate(16 * 2**20 + 1)
    assert "entry 'manifest.json' is too large: 16777217 bytes, at most 16777216" in refusal(folder)


def test_too_many_entries(forge):
    assert "1001 entries" in refusal(forge.packed({f"e{n}": b"" for n in range(1001)}))
    assert "1001 entries" in refusal(forge.unpacked({f"e{n:04}": b"" for n in range(1002)}))


def test_a_compressed_entry(tmp_path, forge):
    target = tmp_path / "x.twin"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in forge.entries.items():
            archive.writestr(name, data)
    assert "'manifest.json' is compressed; entries must be stored" in refusal(target)


@pytest.mark.parametrize("where", ["before", "behind"])
def test_bytes_that_belong_to_no_entry(tmp_path, tiny, where):
    data = tiny.read_bytes()
    target = tmp_path / "x.twin"
    target.write_bytes(b"#!/bin/sh\n" + data if where == "before" else data + b"\n")
    assert "is" in refusal(target)


# damage


def test_one_flipped_byte_anywhere_in_a_zip(tmp_path, tiny):
    """All of the framing, byte by byte, and samples of everything between."""
    data = tiny.read_bytes()
    spread = np.linspace(0, len(data) - 1, 300).astype(int)
    directory = range(data.index(b"PK\x01\x02"), len(data))
    with zipfile.ZipFile(tiny) as archive:
        starts = [info.header_offset for info in archive.infolist()]
    headers = {start + n for start in starts for n in range(30 + 40 + 6 + 64)}  # the longest
    target = tmp_path / "x.twin"
    for position in sorted({*spread.tolist(), *headers, *directory}):
        target.write_bytes(flipped(data, position))
        assert refusal(target).startswith(f"{target}: "), position


def test_one_flipped_byte_anywhere_in_a_folder(forge):
    folder = forge.unpacked(forge.entries)
    for name, data in forge.entries.items():
        for position in np.linspace(0, len(data) - 1, 40).astype(int).tolist():
            (folder / name).write_bytes(flipped(data, position))
            assert refusal(folder).startswith(f"{folder}: "), (name, position)
        (folder / name).write_bytes(data)
    Bundle.open(folder)


def test_truncation_at_any_length(tmp_path, tiny):
    data = tiny.read_bytes()
    target = tmp_path / "x.twin"
    for length in np.linspace(4, len(data) - 1, 60).astype(int).tolist():
        target.write_bytes(data[:length])
        assert "the bundle is damaged: it is cut short" in refusal(target), length


# manifest


@pytest.mark.parametrize("schema", [0, 2, 99, "1", 1.0, True, None])
def test_an_unknown_schema_version(forge, schema):
    message = refusal(forge.with_manifest(lambda values: values.update(schema=schema)))
    assert f"schema version {schema!r}, this twinlet reads version 1; update twinlet" in message


def test_a_manifest_that_was_changed(forge):
    raw = forge.entries["manifest.json"].replace(b'"default_fmr": 0.01', b'"default_fmr": 0.02')
    entries = {**forge.entries, "manifest.json": raw}
    for path in (forge.packed(entries), forge.unpacked(entries)):
        assert "manifest.json is damaged or was changed: its digest is" in refusal(path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b'{"schema": 1, "schema": 1}', "an object names a key twice"),
        (b'{"schema": 1, "x": NaN}', "NaN is not allowed"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "has no schema version"),
        (b"{}", "has no schema version"),
        (b'{"schema": 1}', "must state manifest_sha256 once"),
    ],
)
def test_a_manifest_that_is_none(forge, raw, message):
    assert message in refusal(forge.packed({**forge.entries, "manifest.json": raw}))


# entries


@pytest.mark.parametrize("name", ["README.md", MODEL, "golden/probes.bin"])
def test_a_missing_entry(forge, name):
    entries = without(forge.entries, name)
    for path in (forge.packed(entries), forge.unpacked(entries)):
        assert f"the entry '{name}' is missing" in refusal(path)


def test_an_extra_entry(forge):
    entries = {**forge.entries, "files/payload.so": b"x"}
    for path in (forge.packed(entries), forge.unpacked(entries)):
        assert "there is an extra entry 'files/payload.so'" in refusal(path)


@pytest.mark.parametrize("data", [b"", b"another card"])
def test_a_wrong_digest(forge, data):
    entries = {**forge.entries, README: data}
    for path in (forge.packed(entries), forge.unpacked(entries)):
        assert "'README.md' does not have the digest the manifest states" in refusal(path)


def test_a_signature_is_not_ignored(forge):
    entries = {**forge.entries, "signature.json": json.dumps({"signature": "x"}).encode()}
    for path in (forge.packed(entries), forge.unpacked(entries)):
        assert "has a signature (signature.json), which this version cannot verify" in refusal(path)


# use


def test_reading_what_is_not_there(bundle):
    with pytest.raises(InvalidInputError, match=r"has no entry 'x'; it has README\.md"):
        bundle.read("x")
    with pytest.raises(InvalidInputError, match="has no file 'x'; it has litert-fp32, onnx-fp32"):
        bundle.file("x")
    with pytest.raises(InvalidInputError, match=r"'litert-int8' \(left out at export: not made"):
        bundle.file("litert-int8")


@pytest.mark.parametrize("name", ["manifest.json", MODEL])
def test_a_change_after_opening_is_noticed(forge, name):
    folder = forge.unpacked(forge.entries)
    opened = Bundle.open(folder)
    (folder / name).write_bytes(flipped(forge.entries[name], len(forge.entries[name]) // 2))
    with pytest.raises(BundleError):
        opened.read(name)
