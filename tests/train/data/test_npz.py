import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import open_data


@pytest.fixture
def npz(tmp_path, pixels):
    def make(**changes):
        arrays = {"images": pixels(3, 4), "labels": np.repeat([2, 10, 33], 4), **changes}
        path = tmp_path / "set.npz"
        np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
        return str(path)

    return make


def test_numbered_classes_keep_their_order(npz):
    data = open_data(npz())
    assert data.class_names == ("02", "10", "33")
    assert data.images.shape == (12, 8, 8, 1)
    assert data.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_names_split_and_flat_grey_images(npz, pixels):
    split = np.tile(["train", "train", "test", "test"], 3)
    labels = np.repeat(["cat", "ape", "bee"], 4)
    data = open_data(npz(labels=labels, split=split, images=pixels(3, 4)[..., 0]))
    assert data.class_names == ("ape", "bee", "cat")
    assert data.split.tolist() == split.tolist()


def test_vectors_keep_their_length_and_are_never_made_squares(npz):
    vectors = np.arange(12 * 5, dtype=np.uint8).reshape(12, 1, 5)
    data = open_data(npz(images=vectors))
    assert data.contract.is_vector
    np.testing.assert_array_equal(data.images[..., 0], vectors)
    message = "holds vectors, 1x5, which cannot be resized to 16x16; leave data.size at 0"
    with pytest.raises(InvalidInputError, match=message):
        open_data(npz(images=vectors), size=16)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": None}, "lacks labels; expected images, labels and optionally split and groups"),
        ({"images": np.zeros((12, 8, 8))}, r"must be uint8 .* got float64 \(12, 8, 8\)"),
        ({"images": np.zeros((0, 8, 8), np.uint8)}, r"must be uint8 .* got uint8 \(0, 8, 8\)"),
        ({"labels": np.arange(5)}, "must be 12 integers or names"),
        ({"labels": np.zeros(12)}, "must be 12 integers or names"),
        ({"split": np.repeat("dev", 12)}, "each train or test, got .* with 'dev'; validation"),
    ],
)
def test_arrays_that_do_not_fit(npz, changes, message):
    with pytest.raises(InvalidInputError, match=message):
        open_data(npz(**changes))


@pytest.mark.parametrize("content", [b"", b"not a zip file at all"])
def test_not_an_npz(tmp_path, content):
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"is not a readable \.npz"):
        open_data(str(path))


def test_objects_are_refused(tmp_path):
    path = tmp_path / "set.npz"
    np.savez(path, images=np.zeros((2, 8, 8), np.uint8), labels=np.array([{}, {}], dtype=object))
    message = r"set\.npz: `labels` holds Python objects.*such as np\.array\(labels, dtype=str\)"
    with pytest.raises(InvalidInputError, match=message):
        open_data(str(path))


def test_groups_are_an_attribute_of_each_image(npz):
    plain = open_data(npz())
    assert plain.groups.shape == (0,)
    data = open_data(npz(groups=np.tile(["night", "day"], 6)))
    assert data.groups.tolist() == ["night", "day"] * 6
    assert data.fingerprint == plain.fingerprint  # the images are the same
    assert open_data(npz(groups=np.arange(12) % 3)).groups.tolist() == ["0", "1", "2"] * 4


@pytest.mark.parametrize("groups", [np.arange(11), np.zeros(12), np.zeros((12, 1), dtype=int)])
def test_groups_of_another_shape_or_type_are_refused(npz, groups):
    with pytest.raises(InvalidInputError, match="`groups` must be 12 integers or names, one an"):
        open_data(npz(groups=groups))
