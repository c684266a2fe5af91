"""What is exported: a run of `twinlet train`, or a model of the user's own with their data."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError
from twinlet.metrics import Unit
from twinlet_export.extraction import bundle_id, check_backend, check_twin, load_twin_from_run
from twinlet_export.own_model import as_twin, load_own_model

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import LabelledImages
    from twinlet_train.run import Run
    from twinlet_train.splits import Splits

SUFFIXES = (".keras", ".h5")  # a file of Keras; a folder with SAVED in it is a SavedModel
SAVED = "saved_model.pb"


@dataclass(frozen=True)
class Origin:
    """A twin with the data that calibrates it."""

    twin: "keras.Model"
    bundle_id: str
    data: "LabelledImages"
    splits: "Splits"
    seed: int
    config: Mapping[str, Any]  # tables, for the record
    run: "Run | None"  # which trained it; None for a model from elsewhere


def is_own_model(path: Path) -> bool:
    """Whether the path names a model rather than a run folder."""
    return path.suffix in SUFFIXES or (path / SAVED).is_file()


def open_origin(
    path: Path, spec: str | None, pixels: tuple[float, float] | None, unit: Unit | None
) -> Origin:
    """Take what the path names; see `from_run` and `from_own_model`.

    Raises:
        InvalidInputError: It names nothing, or neither a run nor a model, or a run that the
            promise cannot be about, or see there.
    """
    from twinlet_train.run import RECORD

    if not path.is_dir() and (not path.is_file() or path.suffix not in SUFFIXES):
        found = f"a file {path.suffix or 'of no kind'}" if path.is_file() else "nothing there"
        raise InvalidInputError(
            f"cannot export {path}: expected a folder that `twinlet train --out` wrote, or a model "
            f"of your own ({' or '.join(SUFFIXES)}, or a SavedModel folder), got {found}"
        )
    if is_own_model(path):
        return from_own_model(path, spec, pixels, unit or "image")
    if pixels is not None and (path / RECORD).is_file():
        raise InvalidInputError(
            f"--pixels is for a model of your own, {path} is a run of twinlet; leave it out"
        )
    origin = from_run(path, spec)
    if unit == "identity" and origin.splits.unit != unit:
        raise InvalidInputError(
            f"{path} was trained on images of the very identities that calibrate it "
            f"({origin.splits.protocol.partition(':')[0]}), so nothing can be promised about other "
            f"ones, got --unit identity; leave it out, or train with split.protocol=open-set"
        )
    return origin


def from_run(path: Path, spec: str | None) -> Origin:
    """Take a finished run, its data and its split.

    Args:
        path: The run folder.
        spec: Where the data is now; `None`: where it was at training.

    Raises:
        InvalidInputError: No finished run, other data, or a twin that cannot be exported.
    """
    from twinlet_train import load_run

    run = load_run(path)
    data = run.data(spec)
    twin = load_twin_from_run(run)
    config = run.config.tables()
    return Origin(twin, bundle_id(twin), data, run.splits(data), run.config.split.seed, config, run)


def from_own_model(
    path: Path, spec: str | None, pixels: tuple[float, float] | None, unit: Unit
) -> Origin:
    """Take a model from elsewhere, and data that it has not seen.

    Thresholds and error rates hold only if it was not trained on these data.

    Args:
        path: A file of Keras, or a SavedModel folder.
        spec: The data.
        pixels: What the model takes 0 and 255 as; `None` for a model that takes uint8 pixels.
        unit: Who the promise is about, which parts the data: see `twinlet_train.untrained`.

    Raises:
        InvalidInputError: No data named, or the model cannot be loaded or exported, or the data
            cannot be parted.
    """
    from twinlet_train.data import open_data
    from twinlet_train.run import RECORD, TWIN
    from twinlet_train.untrained import OwnModel

    if spec is None and path.name == TWIN and (path.parent / RECORD).is_file():
        raise InvalidInputError(
            f"{path} is the twin of a run and brings no data; name the run: {path.parent}"
        )
    if spec is None:
        raise InvalidInputError(
            f"{path} is a model and brings no data; name labelled images that it was not trained "
            f"on with --data SPEC, for its thresholds"
        )
    check_backend()
    twin = as_twin(load_own_model(path), pixels)
    check_twin(twin)
    _, height, width, channels = twin.input_shape
    data = open_data(spec, size=height if height == width else 0, channels=channels)
    found = tuple(data.images.shape[1:])
    if found != (height, width, channels):
        raise InvalidInputError(
            f"{path} takes images of {height}x{width}x{channels}, {spec} has "
            f"{'x'.join(map(str, found))}; only square images are resized: resize them first"
        )
    own = OwnModel(path.name, unit, pixels)
    return Origin(twin, bundle_id(twin), data, own.parts(data), own.seed, own.record(), run=None)
