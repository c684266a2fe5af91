import gzip
import struct

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_train.data import builtin, open_data


def write_idx(path, array):
    header = struct.pack(">xxBB", 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


@pytest.fixture
def fashion(tmp_path, monkeypatch):
    """A few images in the files and under the names of Fashion-MNIST."""
    root = tmp_path / "fashion-mnist"
    root.mkdir()
    rng = np.random.default_rng(0)
    for part, each in (("train", 6), ("t10k", 2)):
        labels = np.repeat(np.arange(10), each).astype(np.uint8)
        images = rng.integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
        write_idx(root / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(root / f"{part}-labels-idx1-ubyte.gz", labels)
    monkeypatch.setenv(builtin.DATA_VARIABLE, str(tmp_path))
    return root


def test_digits_are_stretched_to_bytes():
    data = open_data("digits")
    assert data.images.shape == (1797, 8, 8, 1)
    assert (data.images.min(), data.images.max()) == (0, 255)
    assert data.class_names == tuple("0123456789")


def test_fashion_mnist_from_twinlet_data(fashion):
    data = open_data("fashion-mnist")
    assert data.images.shape == (80, 28, 28, 1)
    assert set(data.class_names) == set(builtin.FASHION_CLASSES.tolist())
    assert data.counts["coat"] == 8
    assert int((data.split == "test").sum()) == 20


def test_a_damaged_idx_file_is_named(fashion):
    path = fashion / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InvalidInputError, match=r"t10k-images.*is not a readable IDX file"):
        open_data("fashion-mnist")


def test_cifar10_from_a_folder_in_twinlet_data(folder, tmp_path, monkeypatch):
    folder(2, 3, root="cifar10")
    monkeypatch.setenv(builtin.DATA_VARIABLE, str(tmp_path))
    assert open_data("cifar10").counts == {"c0": 3, "c1": 3}


@pytest.mark.parametrize("name", ["cifar10", "fashion-mnist"])
def test_without_a_network_the_error_names_the_ways_out(name, tmp_path, monkeypatch):
    import keras

    def offline():
        raise Exception("URL fetch failure: no network")  # what Keras raises

    monkeypatch.setenv(builtin.DATA_VARIABLE, str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(builtin, "DEBIAN", tmp_path)
    monkeypatch.setattr(getattr(keras.datasets, name.replace("-", "_")), "load_data", offline)
    with pytest.raises(InvalidInputError, match=r"URL fetch failure.*TWINLET_DATA.*network"):
        open_data(name)
