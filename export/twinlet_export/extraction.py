"""Take the twin out of a run folder, check that it can be exported, and name it."""

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from twinlet.errors import InvalidInputError

if TYPE_CHECKING:
    import keras

    from twinlet_train.run import Run

# A bundle from a model of several images at a time could not be run one image at a time.
_PROBES = 4


def load_twin_from_run(run: "Run") -> "keras.Model":
    """Load the twin of a run and check it; see `check_twin`."""
    from twinlet_train import load_twin

    check_backend()
    twin = load_twin(run)
    check_twin(twin)
    return twin


def check_backend() -> None:
    """Refuse a Keras that runs on anything but TensorFlow."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise InvalidInputError(
            f"the converters start from a TensorFlow graph, but Keras runs on "
            f"{keras.backend.backend()}; export with KERAS_BACKEND=tensorflow (a twin trained on "
            f"another backend loads there)"
        )


def check_twin(twin: "keras.Model") -> None:
    """Refuse a model that cannot become the files of a bundle.

    Raises:
        InvalidInputError: It has several inputs or outputs, takes no images, has a size that is
            not fixed, pixels that are not uint8, an output that is not one vector of float32, or
            vectors already of length 1 (normalisation belongs outside: its int8 form has a fixed
            scale of 1/128).
    """
    if len(twin.inputs) != 1 or len(twin.outputs) != 1:
        raise InvalidInputError(
            f"cannot export {twin.name}: expected one input and one output, got "
            f"{len(twin.inputs)} and {len(twin.outputs)}; export the twin, not the Siamese model"
        )
    (source,), (sink,) = twin.inputs, twin.outputs
    if len(source.shape) != 4 or source.dtype == "string":
        raise InvalidInputError(
            f"cannot export {twin.name}: it takes no images: expected (n, height, width, 1 or 3) "
            f"of pixels, got {tuple(source.shape)} of {source.dtype}; only models of images "
            f"with an axis of channels can be exported"
        )
    if None in source.shape[1:] or source.shape[3] not in (1, 3):
        raise InvalidInputError(
            f"cannot export {twin.name}: expected images (n, height, width, 1 or 3) of a fixed "
            f"size, got {tuple(source.shape)}; fix the size of the input"
        )
    if source.dtype != "uint8":
        raise InvalidInputError(
            f"cannot export {twin.name}: expected uint8 pixels, got {source.dtype}; say what "
            f"it takes 0 and 255 as, such as --pixels -1 1, or make its first layer a Rescaling of "
            f"uint8 pixels"
        )
    if len(sink.shape) != 2 or sink.shape[1] is None:
        raise InvalidInputError(
            f"cannot export {twin.name}: expected one vector an image, got an output of shape "
            f"{tuple(sink.shape)}; end the model with a pooling and a dense layer"
        )
    _check_raw(twin)


def _check_raw(twin: "keras.Model") -> None:
    shape = (_PROBES, *twin.input_shape[1:])
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    try:
        embeddings = np.asarray(twin(pixels, training=False))
    except Exception as error:  # whatever a model from elsewhere raises
        raise InvalidInputError(
            f"cannot export {twin.name}: it fails on {_PROBES} images of {shape[1:]}: "
            f"{str(error).strip().splitlines()[0]}"
        ) from error
    if embeddings.dtype != np.float32:
        raise InvalidInputError(
            f"cannot export {twin.name}: expected embeddings in float32, got {embeddings.dtype}; "
            f"end the model with a layer of the policy float32"
        )
    lengths = np.linalg.norm(embeddings, axis=1)
    if np.allclose(lengths, 1.0, atol=1e-3):
        raise InvalidInputError(
            f"cannot export {twin.name}: expected the raw embedding, got vectors of length 1; "
            f"leave the L2 normalisation out of the twin, the runtime does it"
        )


def bundle_id(twin: "keras.Model") -> str:
    """Name a twin by what it computes.

    Not the digest of the `.keras` file: that is a ZIP with times in it, and two saves of the
    same weights would not match each other's templates.

    Returns:
        The SHA-256, 64 hex digits, over the architecture as JSON and every weight's path,
        type, shape and bytes.
    """
    architecture = json.loads(twin.to_json())
    architecture.pop("compile_config", None)  # how it was trained, not what it computes
    digest = hashlib.sha256(json.dumps(architecture, sort_keys=True).encode())
    for weight in twin.weights:
        values = np.asarray(weight.numpy())
        values = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
        digest.update(f"\n{weight.path} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
