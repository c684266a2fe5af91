"""A bundle another tool packed again: read like twinlet's own, refused for the same reasons."""

import io
import shutil
import subprocess
import zipfile

import pytest

import twinlet
from twinlet import BundleError
from twinlet.bundle import Bundle

MODEL = "files/onnx-fp32.onnx"


def rezipped(forge, changes=None, method=zipfile.ZIP_STORED):
    """Pack the sound entries with Python's zipfile; a change to None leaves one out."""
    path = forge.folder / "rezipped.twin"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in {**forge.entries, **(changes or {})}.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def refusal(path):
    with pytest.raises(BundleError) as caught:
        Bundle.open(path)
    return str(caught.value)


def changed(path, old, new):
    """Replace bytes everywhere in a file."""
    data = path.read_bytes()
    assert len(old) == len(new)
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def test_stored_by_pythons_zipfile(forge, bundle):
    again = Bundle.open(rezipped(forge))
    assert again.manifest == bundle.manifest
    for name, data in forge.entries.items():
        assert again.read(name) == data


def test_it_loads_and_passes_its_self_test(forge, verifier):
    again = twinlet.load(rezipped(forge), file=verifier.file)
    assert again.bundle_id == verifier.bundle_id


def test_written_as_a_stream(tmp_path, forge, bundle):
    """To a pipe: sizes and checksums follow the data, in descriptors."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise OSError

        def tell(self):
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in forge.entries.items():
            archive.writestr(name, data)
    path = tmp_path / "stream.twin"
    path.write_bytes(pipe.getvalue())
    assert b"PK\x07\x08" in pipe.getvalue()
    assert Bundle.open(path).manifest == bundle.manifest


@pytest.mark.parametrize("order", [sorted, lambda names: sorted(names, reverse=True)])
def test_in_any_order_with_folders_and_a_comment(tmp_path, forge, bundle, order):
    path = tmp_path / "x.twin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"packed by hand"
        archive.writestr("files/", b"")
        for name in order(forge.entries):
            archive.writestr(name, forge.entries[name])
    assert Bundle.open(path).manifest == bundle.manifest


@pytest.mark.skipif(shutil.which("zip") is None, reason="there is no zip program")
@pytest.mark.parametrize("options", ["-0qr", "-0qrX", "-0qrD"])
def test_by_the_zip_program(forge, bundle, options):
    folder = forge.unpacked(forge.entries)
    subprocess.run(["zip", options, "../x.twin", "."], cwd=folder, check=True)
    assert Bundle.open(forge.folder / "x.twin").manifest == bundle.manifest


# refusals


def test_compressed(forge):
    message = refusal(rezipped(forge, method=zipfile.ZIP_DEFLATED))
    assert "'manifest.json' is compressed; entries must be stored" in message


def test_another_schema_version(forge):
    """Whether the manifest states the digest of the change or not."""
    restated = forge.restate(lambda values: values.update(schema=99))
    plain = forge.entries["manifest.json"].replace(b'"schema": 1', b'"schema": 99', 1)
    for raw in (restated, plain):
        message = refusal(rezipped(forge, {"manifest.json": raw}))
        assert "schema version 99, this twinlet reads version 1" in message


def test_a_changed_manifest(forge):
    raw = forge.entries["manifest.json"].replace(b'"default_fmr": 0.01', b'"default_fmr": 0.02')
    message = refusal(rezipped(forge, {"manifest.json": raw}))
    assert "manifest.json is damaged or was changed: its digest is" in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"manifest.json": None}, "there is no manifest.json in it"),
        ({"files/payload.so": b"x"}, "there is an extra entry 'files/payload.so'"),
        ({MODEL: None}, f"the entry '{MODEL}' is missing"),
        ({MODEL: b"x"}, f"the entry '{MODEL}' does not have the digest"),
        ({"signature.json": b"{}"}, "has a signature (signature.json)"),
        ({"../x": b"x"}, "holds an unsafe path '../x'"),
        ({"/etc/x": b"x"}, "holds an unsafe path '/etc/x'"),
        ({"a\\x": b"x"}, r"holds an unsafe path 'a\\x'"),
    ],
)
def test_content(forge, changes, message):
    assert message in refusal(rezipped(forge, changes))


def test_a_name_twice(forge):
    path = rezipped(forge, {"README.mf": forge.entries["README.md"]})
    assert "holds 'README.md' twice" in refusal(changed(path, b"README.mf", b"README.md"))


def test_encrypted(forge):
    path = rezipped(forge)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "the bundle's entry 'manifest.json' is encrypted" in refusal(path)


def test_one_flipped_byte_in_a_models_data(forge):
    path = rezipped(forge)
    with zipfile.ZipFile(path) as archive:
        position = archive.getinfo(MODEL).header_offset + 30 + len(MODEL) + 100
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    assert f"the checksum of '{MODEL}' does not match its bytes" in refusal(path)


# changed in place, so that most entries are still as twinlet wrote them


def test_an_entry_added_to_twinlets_own_file(tmp_path, tiny):
    path = tmp_path / "x.twin"
    path.write_bytes(tiny.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.txt", b"x")
    assert "there is an extra entry 'extra.txt'" in refusal(path)


@pytest.mark.skipif(shutil.which("zip") is None, reason="there is no zip program")
def test_an_entry_deleted_from_twinlets_own_file(tmp_path, tiny):
    path = tmp_path / "x.twin"
    path.write_bytes(tiny.read_bytes())
    subprocess.run(["zip", "-qd", path, "README.md"], check=True)
    assert "the entry 'README.md' is missing" in refusal(path)
