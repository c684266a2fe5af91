"""Writing: the same bytes from the same contents, and never half a bundle."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from twinlet import BundleError, InvalidInputError
from twinlet.bundle import Bundle, check_target, unpack, write_bundle, writer


def test_what_is_written_is_what_is_read(tmp_path, contents):
    manifest = write_bundle(contents, tmp_path / "x.twin")
    bundle = Bundle.open(tmp_path / "x.twin")
    assert bundle.manifest == manifest
    assert manifest.provenance == contents.provenance
    assert manifest.left_out == contents.left_out
    assert bundle.readme() == contents.readme
    for file in contents.files:
        entry = manifest.files[file.entry.name]
        assert bundle.read(entry.path) == file.model
        assert replace(entry, bytes=0, sha256="") == replace(file.entry, bytes=0, sha256="")
    golden = bundle.golden()
    np.testing.assert_array_equal(golden.probes, contents.golden.probes)
    assert golden.decisions == contents.golden.decisions


def test_the_same_contents_give_the_same_bytes(tmp_path, contents, tiny):
    write_bundle(contents, tmp_path / "x.twin")
    assert (tmp_path / "x.twin").read_bytes() == tiny.read_bytes()


def test_any_zip_tool_reads_it_and_models_are_aligned(tiny, bundle):
    data = tiny.read_bytes()
    with zipfile.ZipFile(tiny) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "manifest.json"
        assert set(archive.namelist()[1:]) == set(bundle.manifest.entries)
        for name in archive.namelist():
            start = data.index(archive.read(name))
            assert archive.getinfo(name).compress_type == zipfile.ZIP_STORED
            assert start % 64 == 0, name


def test_numbers_in_numpy_types_are_written_as_numbers(tmp_path, contents):
    measured = {"count": np.int64(3), "rate": np.float32(0.5), "held": np.bool_(True)}
    manifest = write_bundle(replace(contents, provenance=measured), tmp_path / "x.twin")
    assert manifest.provenance == {"count": 3, "rate": 0.5, "held": True}


def test_layers_in_float_are_written_where_they_were_looked_for(tmp_path, contents):
    mixed = {"summary": "1 of 9 layers in float", "kept": ["conv"], "tries": [{"bytes": 7}]}
    first, *others = contents.files
    searched = replace(first, entry=replace(first.entry, mixed=mixed))
    path = tmp_path / "x.twin"
    write_bundle(replace(contents, files=(searched, *others)), path)
    bundle = Bundle.open(path)
    assert bundle.manifest.files[first.entry.name].mixed == mixed
    assert all(bundle.manifest.files[file.entry.name].mixed == {} for file in others)
    values = json.loads(bundle.read("manifest.json"))["files"]
    assert [name for name in values if "mixed" in values[name]] == [first.entry.name]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_what_json_has_no_form_for(tmp_path, contents, value):
    with pytest.raises(InvalidInputError, match="the manifest cannot be written as JSON"):
        write_bundle(replace(contents, provenance={"x": value}), tmp_path / "x.twin")
    assert list(tmp_path.iterdir()) == []


def test_int8_thresholds_are_written_for_the_files_own_rates_only(tmp_path, contents):
    first, *others = contents.files
    part = first.entry.compact["int8"]
    rates = tuple(replace(point, fmr=point.fmr / 2) for point in part.calibration.curve)
    foreign = replace(part, calibration=replace(part.calibration, curve=rates))
    entry = replace(first.entry, compact={**first.entry.compact, "int8": foreign})
    with pytest.raises(InvalidInputError, match="must hold the highest rates of the file's own"):
        write_bundle(
            replace(contents, files=(replace(first, entry=entry), *others)), tmp_path / "x.twin"
        )
    assert list(tmp_path.iterdir()) == []


def test_contents_no_reader_would_take_leave_the_old_bundle(tmp_path, contents):
    target = tmp_path / "x.twin"
    write_bundle(contents, target)
    before = target.read_bytes()
    with pytest.raises(BundleError, match=r"no reader would take it: .*default_fmr"):
        write_bundle(replace(contents, default_fmr=2.0), target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_leaves_the_old_bundle(tmp_path, contents, monkeypatch):
    target = tmp_path / "x.twin"
    write_bundle(contents, target)
    before = target.read_bytes()

    def fail(stream, entries):
        stream.write(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("twinlet.bundle.writer.write_zip", fail)
    with pytest.raises(BundleError, match=r"cannot write .*x\.twin: No space left on device"):
        write_bundle(contents, target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written(tmp_path, contents):
    with pytest.raises(InvalidInputError, match="there is no folder"):
        write_bundle(contents, tmp_path / "none" / "x.twin")
    with pytest.raises(InvalidInputError, match="it is a folder; name a file"):
        write_bundle(contents, tmp_path)


def test_a_file_that_is_no_bundle_is_not_replaced(tmp_path, contents):
    """Such as the model that is exported: `export same.keras --out same.keras`."""
    packed = tmp_path / "model.keras"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("metadata.json", "{}")
    text = tmp_path / "notes.txt"
    text.write_text("precious")
    for path in (packed, text):
        before = path.read_bytes()
        with pytest.raises(InvalidInputError, match="no bundle is there, and would be lost"):
            write_bundle(contents, path)
        assert path.read_bytes() == before


def test_a_folder_that_takes_no_file_is_told_before_any_work(tmp_path, monkeypatch):
    def refused(**where):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(writer.tempfile, "NamedTemporaryFile", refused)
    with pytest.raises(InvalidInputError, match=r"takes no new file \(Permission denied\); choose"):
        check_target(tmp_path / "x.twin")


def test_unpacking(tmp_path, tiny, bundle):
    unpack(tiny, tmp_path / "tree")
    assert Bundle.open(tmp_path / "tree").manifest == bundle.manifest
    unpack(tmp_path / "tree", tmp_path / "again")
    assert Bundle.open(tmp_path / "again").manifest == bundle.manifest
    with pytest.raises(InvalidInputError, match="it exists; name a new folder"):
        unpack(tiny, tmp_path / "tree")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "tree"]
