"""What a twin that imitates another one needs of it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_train.data import LabelledImages, Selected
from twinlet_train.parallel import apart
from twinlet_train.run import load_run, load_twin

if TYPE_CHECKING:
    from twinlet_train.splits import Indices


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
    if run.record["data"]["fingerprint"] == data.fingerprint:
        learnt = run.splits(data).train
        held_out = np.setdiff1d(learnt, train)
        if len(held_out):
            raise InvalidInputError(
                f"loss.teacher {teacher} learnt from {len(held_out)} images that this run "
                f"validates, calibrates or tests on; train both with the same [split]"
            )
    with apart():
        embeddings: Any = embed(twin, Selected(data.images, train))
    return np.asarray(embeddings, dtype=np.float32)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(side) for side in shape)
