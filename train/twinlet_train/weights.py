"""Ready weights of backbones: downloaded by Keras, or read from a local file."""

import math
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    import keras

AUTO = "auto"
IMAGENET = "imagenet"
NO_WEIGHTS = "none"

# Of the images the published weights were trained on. Convolutions do not depend on it; Keras
# warns at any other.
PUBLISHED_SHAPE = (224, 224, 3)

# Width, shape of the images, "imagenet" or None for random weights.
PublishedNetwork = Callable[[float, tuple[int, int, int], str | None], "keras.Model"]


@dataclass(frozen=True)
class ReadyWeights:
    """Weights that Keras publishes for a network."""

    title: str  # of the network
    network: PublishedNetwork  # Keras' own, without top
    widths: tuple[float, ...]  # that weights are published for
    channels: int = PUBLISHED_SHAPE[2]

    def read(self, source: str, width: float) -> list[Any]:
        """Read weights in the order of the network's layers.

        Args:
            source: "imagenet", which Keras downloads or has in its cache, or the path of a
                weights file (`.weights.h5`, or the `.h5` Keras itself publishes).
            width: Of the network.

        Raises:
            InvalidInputError: No network, no weights for this width, no such file, or a file
                of another network.
        """
        if source == IMAGENET:
            return list(self._downloaded(width).get_weights())
        net = self.network(width, PUBLISHED_SHAPE, None)
        load_weights_file(net, source, f"{self.title} without top (width {width:g})")
        return list(net.get_weights())

    def _downloaded(self, width: float) -> "keras.Model":
        if width not in self.widths:
            raise InvalidInputError(
                f"there are no ImageNet weights of {self.title} for model.width={width:g}; "
                f"expected one of {', '.join(f'{known:g}' for known in self.widths)}, or random "
                f"weights with --set model.weights=none"
            )
        try:
            return self.network(width, PUBLISHED_SHAPE, IMAGENET)
        except Exception as error:  # Keras raises bare Exception when a download fails
            raise InvalidInputError(
                f"cannot get the ImageNet weights of {self.title}: {error}. Without a network, "
                f"name a weights file with --set model.weights=FILE or start from random "
                f"weights with --set model.weights=none"
            ) from error


def load_weights_file(net: "keras.Model", source: str, title: str) -> None:
    """Load a weights file into a network.

    Args:
        net: The network.
        source: Path of a `.weights.h5` that its `save_weights` wrote, or an old `.h5`.
        title: What the network is, for messages.

    Raises:
        InvalidInputError: No such file, or a file of another network.
    """
    if not source:
        raise InvalidInputError(
            f"model.weights is empty; expected a path, {IMAGENET}, {NO_WEIGHTS} or {AUTO}"
        )
    path = Path(source).expanduser()
    if path.is_dir():
        raise InvalidInputError(f"{source} is a folder; expected a weights file (.weights.h5)")
    if not path.is_file():
        raise InvalidInputError(
            f"no weights file at {source}; expected a path, {IMAGENET}, {NO_WEIGHTS} or {AUTO}"
        )
    if path.suffix != ".h5":
        raise InvalidInputError(
            f"{source} is not a weights file by its name; expected one that ends in .weights.h5 "
            f"or .h5, as save_weights writes"
        )
    try:
        with warnings.catch_warnings():
            # What Keras only warns of leaves layers with the weights they began with.
            warnings.filterwarnings("error", "Skipping nested container", UserWarning)
            net.load_weights(path)
        if _counted(_arrays(path).values()) != _counted(_shapes(net)):
            raise ValueError("Keras takes the layers it knows and leaves the others")
    except Exception as error:  # h5py and Keras raise many kinds for a foreign file
        raise InvalidInputError(
            f"{source} does not hold weights of {title}: expected {_counted(_shapes(net))}, "
            f"the file {_contents(path)}; name another file, or set model.backbone and "
            f"model.width to what it was saved from, without a head"
        ) from error


def _shapes(net: "keras.Model") -> list[tuple[int, ...]]:
    floats = (weight for weight in net.weights if "float" in weight.dtype)
    return [tuple(weight.shape) for weight in floats]


def _arrays(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights in an HDF5 file by where they are, without what an optimizer keeps.

    Raises:
        OSError: Not an HDF5 file, or a damaged one.
    """
    import h5py

    shapes = {}

    def visit(name: str, entry: Any) -> None:
        # Whole numbers are states of random generators, which are no weights.
        if isinstance(entry, h5py.Dataset) and entry.dtype.kind == "f":
            if not name.startswith("optimizer"):
                shapes[name] = entry.shape

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return shapes


def _contents(path: Path) -> str:
    """Say what an HDF5 file holds."""
    try:
        arrays = _arrays(path)
    except OSError:
        return "is not an HDF5 file or is damaged"
    parts = (
        [part for part in name.split("/") if part not in ("layers", "vars")] for name in arrays
    )
    layers = list(dict.fromkeys(first for first, *_ in parts))
    more = ", ..." if len(layers) > 3 else ""
    some = f" (of {', '.join(layers[:3])}{more})" if layers else ""
    return f"holds {_counted(arrays.values())}{some}"


def _counted(shapes: Collection[tuple[int, ...]]) -> str:
    return f"{len(shapes)} arrays of {sum(map(math.prod, shapes)):,} numbers"
