import shutil

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import open_data
from twinlet_train.data.folder import _names


def test_class_folders(folder):
    data = open_data(str(folder(3, 8)))
    assert data.class_names == ("c0", "c1", "c2")
    assert data.counts == {"c0": 8, "c1": 8, "c2": 8}
    assert data.images.shape == (24, 8, 8, 1)
    assert not data.has_test


def test_train_and_test_folders(folder):
    folder(2, 4, part="train")
    data = open_data(str(folder(2, 2, part="test")))
    assert data.has_test
    assert [int((data.split == part).sum()) for part in ("train", "test")] == [8, 4]


def test_what_cannot_be_read_is_counted_and_listed(folder):
    root = folder(2, 4)
    (root / "c0" / "notes.txt").write_text("not an image")
    (root / "c1" / "empty.png").write_bytes(b"")
    cut = (root / "c1" / "000.png").read_bytes()
    (root / "c1" / "cut.png").write_bytes(cut[: len(cut) // 2])
    (root / "c1" / ".hidden").write_text("ignored: hidden files are not images of anybody")
    data = open_data(str(root))
    assert [item.path for item in data.unreadable] == [
        "c0/notes.txt",
        "c1/cut.png",
        "c1/empty.png",
    ]
    assert all(item.reason for item in data.unreadable)
    assert data.counts == {"c0": 4, "c1": 4}


def test_grey_and_colour_images_become_colour(folder):
    from PIL import Image

    root = folder(2, 3)
    Image.new("RGB", (8, 8), (250, 0, 0)).save(root / "c0" / "red.png")
    data = open_data(str(root))
    assert data.images.shape[-1] == 3
    assert open_data(str(root), channels=1).images.shape[-1] == 1


def test_mixed_sizes_name_the_way_out_and_the_way_out_works(folder):
    from PIL import Image

    root = folder(2, 3)
    Image.new("L", (12, 9)).save(root / "c0" / "wide.png")
    with pytest.raises(InvalidInputError, match=r"2 sizes, most of them 8x8 \(6\), 9x12 \(1\)"):
        open_data(str(root))
    assert open_data(str(root), size=10).images.shape == (7, 10, 10, 1)


def test_same_images_same_fingerprint_one_pixel_another(folder):
    from PIL import Image

    root = folder(2, 3)
    first = open_data(str(root)).fingerprint
    assert open_data(str(root)).fingerprint == first
    path = root / "c0" / "000.png"
    image = np.asarray(Image.open(path)).copy()
    image[0, 0] ^= 1
    Image.fromarray(image).save(path)
    assert open_data(str(root)).fingerprint != first


def test_files_come_in_the_order_of_their_paths(folder):
    root = folder(2, 3)
    for name in ("c0-b", "c0/deep/er", "c0/a", "C"):
        shutil.copytree(root / "c1", root / name)
    for name in ("c0.d", "c0/deep.d", ".c"):
        shutil.copytree(root / "c1", root / name)
    listed = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    wanted = [path.as_posix() for path in listed if path.parts[0] != ".c"]
    assert list(_names(root, "")) == wanted


def one_class(root):
    shutil.rmtree(root / "c1")


def lone_image(root):
    for path in sorted((root / "c1").iterdir())[1:]:
        path.unlink()


def empty(root):
    for path in root.iterdir():
        shutil.rmtree(path)


def flat(root):
    for path in list(root.rglob("*.png")):
        path.rename(root / f"{path.parent.name}-{path.name}")


def all_unreadable(root):
    for path in root.rglob("*.png"):
        path.write_text("text")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (one_class, r"at least 2 classes, got 1 \(c0\)"),
        (lone_image, "class 'c1' has 1 usable image; a mated comparison needs 2"),
        (empty, "no images in"),
        (all_unreadable, "class folders and 6 unreadable ones, first c0/000.png"),
        (flat, "got 6 files outside class folders and 0 unreadable ones"),
    ],
)
def test_unusable_folders_say_why(folder, spoil, message):
    root = folder(2, 3)
    spoil(root)
    with pytest.raises(InvalidInputError, match=message):
        open_data(str(root))


def test_vectors_of_several_lengths_are_not_told_to_become_squares(tmp_path):
    for number in range(6):
        (tmp_path / f"c{number % 2}").mkdir(exist_ok=True)
        vector = np.zeros((1, 8 if number < 5 else 9), dtype=np.uint8)
        np.save(tmp_path / f"c{number % 2}" / f"{number}.npy", vector, allow_pickle=False)
    message = r"most of them 1x8 \(5\), 1x9 \(1\); expected one: vectors cannot be resized"
    with pytest.raises(InvalidInputError, match=message):
        open_data(str(tmp_path))


def test_folders_beside_train_and_test_are_refused(folder):
    root = folder(2, 4, part="train")
    folder(2, 4, part="val")
    with pytest.raises(InvalidInputError, match=r"beside them, in val; move these"):
        open_data(str(root))


@pytest.mark.parametrize("names", [("Train", "Test"), ("training", "testing"), ("VAL", "other")])
def test_parts_by_other_names_are_no_identities(folder, names):
    root = folder(2, 4, part=names[0])
    folder(2, 4, part=names[1])
    with pytest.raises(InvalidInputError, match=rf"folders of .*{names[0]}.*name the parts train"):
        open_data(str(root))


def test_an_identity_may_be_called_so(folder):
    root = folder(2, 4)
    (root / "c0").rename(root / "Dev")
    assert open_data(str(root)).class_names == ("Dev", "c1")
