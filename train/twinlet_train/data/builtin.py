"""The data sets that have a name: digits, fashion-mnist, cifar10."""

import gzip
import os
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError, MissingExtraError
from twinlet_train.data.archive import read_archive
from twinlet_train.data.arrays import from_rows
from twinlet_train.data.assemble import LabelledParts
from twinlet_train.data.folder import read_folder
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import Wanted

DATA_VARIABLE = "TWINLET_DATA"
DEBIAN = Path("/usr/share/datasets")  # where Debian's dataset-* packages put theirs
FASHION_CLASSES = np.array(
    "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot".split()
)
CIFAR10_CLASSES = np.array("airplane automobile bird cat deer dog frog horse ship truck".split())
CIFAR10_NAMES = ("cifar10", "cifar10.tar.xz", "cifar10-jpeg.tar.xz")


def digits(wanted: Wanted) -> LabelledImages:
    """Read scikit-learn's 1,797 handwritten digits of 8x8 pixels, grey values 0 to 16."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtraError(
            "the digits come with scikit-learn, which is not installed: "
            "pip install 'twinlet[train]'"
        ) from error
    bunch = load_digits()
    # 16 levels spread over the whole range of a byte.
    images = np.round(bunch.images * (255.0 / 16.0)).astype(np.uint8)
    about = LabelledParts("digits", ("",) * len(images))
    return from_rows(images, bunch.target, about, wanted)


def fashion_mnist(wanted: Wanted) -> LabelledImages:
    """Read the 70,000 images of Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747)."""
    folders = [
        *_data_folders("fashion-mnist"),
        *_data_folders("."),
        DEBIAN / "fashion-mnist",
        _keras_cache("fashion-mnist"),
    ]
    names = [
        f"{part}-{kind}"
        for part in ("train", "t10k")
        for kind in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")
    ]
    for folder in folders:
        if all((folder / name).is_file() for name in names):
            arrays = [_idx(folder / name) for name in names]
            break
    else:
        arrays = _download(
            "fashion_mnist",
            "the four idx .gz files of Fashion-MNIST",
            "Debian's package dataset-fashion-mnist",
        )
    train_x, train_y, test_x, test_y = arrays
    parts = ("train",) * len(train_x) + ("test",) * len(test_x)
    return from_rows(
        np.concatenate([train_x, test_x]),
        FASHION_CLASSES[np.concatenate([train_y, test_y])],
        LabelledParts("fashion-mnist", parts),
        wanted,
    )


def cifar10(wanted: Wanted) -> LabelledImages:
    """Read the 60,000 images of CIFAR-10 (Krizhevsky 2009)."""
    for folder in (*_data_folders("."), DEBIAN):
        for path in (folder / name for name in CIFAR10_NAMES):
            if path.is_dir():
                return read_folder(path, wanted)
            if path.name.endswith(".tar.xz") and path.is_file():
                return read_archive(path, wanted)
    train_x, train_y, test_x, test_y = _download(
        "cifar10", "a folder or archive of CIFAR-10 named " + " or ".join(CIFAR10_NAMES)
    )
    parts = ("train",) * len(train_x) + ("test",) * len(test_x)
    return from_rows(
        np.concatenate([train_x, test_x]),
        CIFAR10_CLASSES[np.concatenate([train_y, test_y]).ravel()],
        LabelledParts("cifar10", parts),
        wanted,
    )


def _data_folders(name: str) -> tuple[Path, ...]:
    """Where `TWINLET_DATA` points, if it is set."""
    value = os.environ.get(DATA_VARIABLE)
    return (Path(value).expanduser() / name,) if value else ()


def _keras_cache(name: str) -> Path:
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets" / name


def _download(name: str, wanted: str, package: str = "") -> list[NDArray[np.uint8]]:
    """Let Keras fetch a data set, or use its cache."""
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError(
            f"{name} is not on this machine and Keras, which would fetch it, is not installed: "
            f"put {wanted} into the folder {DATA_VARIABLE} names, or pip install 'twinlet[train]'"
        ) from error
    try:
        (train_x, train_y), (test_x, test_y) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises bare Exception when a download fails
        also = f", install {package}," if package else ","
        raise InvalidInputError(
            f"{name} is not on this machine and cannot be fetched ({error}): put {wanted} into "
            f"a folder and name it in {DATA_VARIABLE}{also} or try again with a network"
        ) from error
    return [train_x, train_y, test_x, test_y]


def _idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of bytes (LeCun's format: magic, dimensions, data)."""
    try:
        with gzip.open(path, "rb") as file:
            data = file.read()
        kind, rank = struct.unpack(">xxBB", data[:4])
        shape = struct.unpack(f">{rank}I", data[4 : 4 + 4 * rank])
        array = np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * rank)
        if kind != 8:
            raise ValueError(f"type code {kind}, expected 8 (unsigned bytes)")
        return array.reshape(shape)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise InvalidInputError(f"{path} is not a readable IDX file: {error}") from error
