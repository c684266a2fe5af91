import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import open_data


@pytest.mark.parametrize("kind", ["tar", "gztar", "xztar", "zip"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_archive_holds_what_its_folder_held(folder, tmp_path, kind, wrapped):
    root = folder(2, 4, part="train")
    folder(2, 3, part="test")
    inside = {"root_dir": tmp_path, "base_dir": "pets"} if wrapped else {"root_dir": root}
    archive = shutil.make_archive(str(tmp_path / "packed"), kind, **inside)
    packed, plain = open_data(archive), open_data(str(root))
    assert packed.fingerprint == plain.fingerprint
    assert np.array_equal(packed.images, plain.images)


def test_a_damaged_archive_is_named(folder, tmp_path):
    archive = tmp_path / "packed.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(folder(2, 4), arcname=".")
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(InvalidInputError, match=r"cannot read the archive .*packed\.tar\.xz"):
        open_data(str(archive))


def test_an_encrypted_zip_is_named(folder, tmp_path):
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", folder(2, 4)))
    content = bytearray(archive.read_bytes())
    # Bit 0 of the flags, at byte 6 of a local and byte 8 of a central header.
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + flags] |= 1
    archive.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"cannot read the archive .* is encrypted"):
        open_data(str(archive))


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.xz"])
def test_a_text_file_is_no_archive(tmp_path, name):
    path = tmp_path / name
    path.write_text("hello")
    with pytest.raises(InvalidInputError, match="cannot read the archive"):
        open_data(str(path))


def test_what_macos_adds_to_a_zip_is_no_image(folder, tmp_path):
    archive = Path(
        shutil.make_archive(str(tmp_path / "packed"), "zip", folder(2, 4).parent, "pets")
    )
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("__MACOSX/pets/c0/._000.png", b"x")
        packed.writestr("pets/.DS_Store", b"x")
    assert open_data(str(archive)).counts == {"c0": 4, "c1": 4}


def test_a_class_whose_name_begins_like_another_ones(folder, tmp_path):
    root = folder(3, 4)
    for old, new in (("c0", "cat"), ("c1", "cat-big"), ("c2", "cat b")):
        (root / old).rename(root / new)
    archive = shutil.make_archive(str(tmp_path / "packed"), "tar", root)
    packed, plain = open_data(archive), open_data(str(root))
    assert packed.fingerprint == plain.fingerprint
    assert np.array_equal(packed.images, plain.images)


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_links_in_a_tar_are_not_lost_in_silence(folder, tmp_path, kind):
    root = folder(2, 4)
    link = root / "c0" / "again.png"
    link.hardlink_to(root / "c0" / "000.png") if kind == "hard" else link.symlink_to("000.png")
    archive = shutil.make_archive(str(tmp_path / "packed"), "tar", root)
    with pytest.raises(InvalidInputError, match=r"as a link to .*; pack the files themselves"):
        open_data(archive)


def test_links_that_are_no_images_of_a_class_do_no_harm(folder, tmp_path):
    root = folder(2, 4)
    (root / "README").symlink_to("c0/000.png")
    (root / ".latest").symlink_to("c0")
    for inside in ({"root_dir": root}, {"root_dir": tmp_path, "base_dir": "pets"}):
        archive = shutil.make_archive(str(tmp_path / "packed"), "tar", **inside)
        assert open_data(archive).fingerprint == open_data(str(root)).fingerprint
