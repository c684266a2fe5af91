"""Images on disk are the same images: fingerprint, training; and they spare the memory."""

import json
import shutil
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train import TrainConfig, load_run
from twinlet_train.data import open_data
from twinlet_train.data.store import DiskImages
from twinlet_train.training import train


def pixels_npz(path, data, **options):
    names = np.array(data.class_names)[data.labels]
    np.savez(path, images=data.images, labels=names, split=data.split, **options)


@pytest.fixture
def mixed(folder):
    """Grey images with one in colour in their midst, and two files that are no images."""
    from PIL import Image

    root = folder(3, 8)
    Image.new("RGB", (8, 8), (250, 0, 0)).save(root / "c1" / "003.png")
    (root / "c0" / "004.png").write_text("no image")
    (root / "c2" / "notes.txt").write_text("no image")
    return root


def same(first, second):
    assert first.fingerprint == second.fingerprint
    assert np.array_equal(first.images[:], second.images[:])
    assert first.counts == second.counts
    assert first.unreadable == second.unreadable


@pytest.mark.parametrize("options", [{}, {"channels": 1}, {"channels": 3}, {"size": 5}])
def test_a_folder_is_the_same_on_disk(mixed, options):
    memory, disk = (open_data(str(mixed), memory_mb=mb, **options) for mb in (1024, 0))
    assert isinstance(memory.images, np.ndarray)
    assert isinstance(disk.images, DiskImages)
    assert len(memory.images) == 23  # 24, one overwritten by text
    assert memory.images.shape == disk.images.shape
    same(memory, disk)


def test_the_fingerprint_is_that_of_the_first_release(folder):
    # sha256 over shape and class names, pixels, labels as 64-bit numbers, and parts
    import hashlib

    data = open_data(str(folder(2, 3)), memory_mb=0)
    digest = hashlib.sha256(b"((6, 8, 8, 1), ('c0', 'c1'))")
    digest.update(data.images[:].tobytes())
    digest.update(np.array([0, 0, 0, 1, 1, 1], dtype="<i8").tobytes())
    digest.update(b"\n" * 5)
    assert data.fingerprint == digest.hexdigest()


@pytest.mark.parametrize("memory", [1024, 0])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_in_any_order_is_its_folder(mixed, tmp_path, kind, memory):
    names = [path.relative_to(mixed).as_posix() for path in mixed.rglob("*") if path.is_file()]
    np.random.default_rng(0).shuffle(names)
    archive = tmp_path / f"packed.{kind}"
    if kind == "tar":
        with tarfile.open(archive, "w") as tar:
            for name in names:
                tar.add(mixed / name, arcname=name)
    else:
        import zipfile

        with zipfile.ZipFile(archive, "w") as packed:
            for name in names:
                packed.write(mixed / name, name)
    plain, packed = open_data(str(mixed)), open_data(str(archive), memory_mb=memory)
    assert np.array_equal(packed.images[:], plain.images)
    assert packed.fingerprint == plain.fingerprint
    assert [item.path for item in packed.unreadable] == ["c0/004.png", "c2/notes.txt"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_npz_is_the_same_on_disk(folder, tmp_path, save, order):
    data = open_data(str(folder(3, 8)))
    path = tmp_path / "set.npz"
    names = np.array(data.class_names)[data.labels]
    save(path, images=np.asarray(data.images, order=order), labels=names, split=data.split)
    disk = open_data(str(path), memory_mb=0)
    assert isinstance(disk.images, DiskImages)
    same(disk, data)


def test_a_damaged_npz_is_told_of_while_it_is_read(folder, tmp_path):
    data = open_data(str(folder(3, 8)))
    path = tmp_path / "set.npz"
    np.savez(path, images=data.images, labels=data.labels)
    content = bytearray(path.read_bytes())
    content[content.index(data.images[3].tobytes())] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"is not a readable \.npz file: .*CRC"):
        open_data(str(path))


def test_mixed_sizes_are_counted_on_disk_too(folder):
    from PIL import Image

    root = folder(2, 3)
    Image.new("L", (12, 9)).save(root / "c0" / "wide.png")
    with pytest.raises(InvalidInputError, match=r"2 sizes, most of them 8x8 \(6\), 9x12 \(1\)"):
        open_data(str(root), memory_mb=0)


SMALL = {"model.backbone": "tiny", "model.embedding": "8"}


@pytest.mark.parametrize("recipe", ["online", "fixed"])
def test_training_from_disk_is_the_same_training(folder, tmp_path, recipe):
    root = str(folder(3, 30))
    settings = {**SMALL, "fit.recipe": recipe, "fit.epochs": "2"}

    def run(memory):
        changes = {**settings, "data.memory_mb": str(memory)}
        return train(TrainConfig.from_options(root, settings=changes), tmp_path / f"run{memory}")

    memory, disk = run(1024).record, run(0).record
    assert disk["data"]["fingerprint"] == memory["data"]["fingerprint"]
    del disk["history"]["images_per_second"], memory["history"]["images_per_second"]
    assert disk["history"] == memory["history"]
    assert disk["test"] == memory["test"]


def test_memory_may_change_on_resuming_and_data_may_not(folder, tmp_path):
    root = folder(3, 30)
    out = tmp_path / "run"
    options = {**SMALL, "data.memory_mb": "0"}
    one = TrainConfig.from_options(str(root), settings=options, epochs=1)
    train(one, out)
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps({**record, "status": "running"}))
    kept = root.with_name("kept")
    shutil.copytree(root, kept)
    (root / "c0" / "000.png").unlink()
    two = TrainConfig.from_options(None, settings={"data.memory_mb": "7"}, base=one)
    with pytest.raises(InvalidInputError, match=r"cannot resume .*the data has changed"):
        train(two, out, resume=True)
    shutil.rmtree(root)
    kept.rename(root)
    assert train(two, out, resume=True).finished
    assert load_run(out).data().fingerprint == record["data"]["fingerprint"]


CHILD = """
import re, sys
from pathlib import Path
from twinlet_train.data import open_data

def peak():  # getrusage would also know of the process that started this one
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

open_data(sys.argv[1], size=8, memory_mb=0).fingerprint  # all code that is needed is loaded
before = peak()
data = open_data(sys.argv[1], size=384, memory_mb=int(sys.argv[2]))
data.fingerprint
print(type(data.images).__name__, peak() - before)
"""


def test_memory_stays_bounded(folder):
    # 180 images of 384 x 384 x 3 take 76 MiB.
    from PIL import Image

    root = folder(3, 60)
    Image.new("RGB", (8, 8), (9, 8, 7)).save(root / "c0" / "000.png")

    def child(memory):
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(root), str(memory)],
            capture_output=True,
            text=True,
            check=True,
        )
        kind, grown = done.stdout.split()
        return kind, float(grown)

    kind, grown = child(1024)
    assert kind == "ndarray"
    assert 70 < grown < 140  # once, not twice
    kind, grown = child(10)
    assert kind == "DiskImages"
    assert grown < 45  # the fingerprint needs two blocks of 16 MiB, one used and one read
