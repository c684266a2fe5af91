"""What a twin that imitates another one needs of it."""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data import LabelledImages, Selected
from twinlet_train.data.duplicates import NAMED, name_of
from twinlet_train.data.sketch import Sketch
from twinlet_train.parallel import apart
from twinlet_train.run import Run, load_run, load_twin

if TYPE_CHECKING:
    from twinlet_train.splits import Indices

log = logging.getLogger("twinlet")


def teacher_embeddings(teacher: str, data: LabelledImages, train: "Indices") -> NDArray[np.float32]:
    """Unit embeddings (n, e) of the training images by the twin of a finished run.

    They are of the images as they are, computed once: a twin that sees changed images learns to
    see past the changes.

    Raises:
        InvalidInputError: No finished run there, one that learnt from images this run tests or
            calibrates on, or one that takes other images.
    """
    from twinlet_train.callbacks import embed

    run = load_run(teacher)
    twin = load_twin(run)
    wanted, got = tuple(twin.input_shape[1:]), tuple(data.images.shape[1:])
    if wanted != got:
        raise InvalidInputError(
            f"loss.teacher {teacher} takes images of {_shape(wanted)}, got {_shape(got)}; set "
            f"data.size and data.channels as its run did, or name another run"
        )
    _check_apart(teacher, run, data, np.setdiff1d(np.arange(len(data.labels)), train))
    with apart():
        embeddings: Any = embed(twin, Selected(data.images, train))
    return np.asarray(embeddings, dtype=np.float32)


def _check_apart(teacher: str, run: Run, data: LabelledImages, held_out: "Indices") -> None:
    """Refuse a teacher that knows images which this run holds back."""
    if run.record["data"]["fingerprint"] == data.fingerprint:
        known = np.intersect1d(run.splits(data).train, held_out)
    elif "trained_on" in run.record["split"]:
        learnt = Sketch.from_json(
            run.record["split"]["trained_on"], f"split.trained_on in the record of {run.path}"
        )
        known = held_out[learnt.known(data.digests[held_out])]
    else:
        log.warning(
            "%s was trained on other data and before runs told on which images, so it may know "
            "some that this run measures on",
            teacher,
        )
        return
    if len(known):
        raise InvalidInputError(
            f"loss.teacher {teacher} learnt from images that this run validates, calibrates or "
            f"tests on, such as {', '.join(name_of(data, int(i)) for i in known[:NAMED])}; train "
            f"both on the same data with the same [split]"
        )


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(side) for side in shape)
