"""What can be exported, and the name of a twin."""

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.extraction import bundle_id, check_twin


def model(shape=(8, 8, 3), dtype="uint8", *, end=None, inputs=1, outputs=1):
    sources = [keras.Input(shape, dtype=dtype) for _ in range(inputs)]
    x = keras.layers.Rescaling(1 / 255)(sources[0])
    if end is not None:
        x = end(x)
    elif len(shape) == 3:
        x = keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x))
    else:
        x = keras.layers.Dense(4)(x)
    source = sources if inputs > 1 else sources[0]
    return keras.Model(source, [x] * outputs if outputs > 1 else x, name="m")


def normalised(x):
    return keras.layers.UnitNormalization()(keras.layers.GlobalAveragePooling2D()(x))


def halved(x):
    return keras.ops.cast(keras.layers.GlobalAveragePooling2D()(x), "float16")


def test_a_twin_passes(twin):
    check_twin(twin)
    check_twin(model((8, 8, 1)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: model(inputs=2), "expected one input and one output, got 2 and 1"),
        (lambda: model(outputs=2), "expected one input and one output, got 1 and 2"),
        (lambda: model(dtype="float32"), "expected uint8 pixels, got float32; .*--pixels -1 1"),
        (lambda: model((None, 8, 3)), "of a fixed size, got"),
        (lambda: model((8, 8, 4)), "1 or 3"),
        (lambda: model((None, 8, 3), "float32"), "of a fixed size, got"),
        (
            lambda: model((64,), "float32"),
            r"it takes no images: expected \(n, height, width, 1 or 3\) of pixels, got "
            r"\(None, 64\) of float32; only models of images with an axis",
        ),
        (lambda: model((64,), "int32"), r"no images.* got \(None, 64\) of int32"),
        (lambda: model(end=halved), "expected embeddings in float32, got float16"),
        (lambda: model(end=keras.layers.Conv2D(4, 1)), "expected one vector an image"),
        (lambda: model(end=normalised), "expected the raw embedding, got vectors of length 1"),
    ],
)
def test_what_cannot_be_exported(build, message):
    with pytest.raises(InvalidInputError, match=f"cannot export m: .*{message}"):
        check_twin(build())


def test_the_id_survives_saving_and_loading(twin, tmp_path):
    twin.save(tmp_path / "twin.keras")
    again = keras.saving.load_model(tmp_path / "twin.keras", compile=False)
    assert bundle_id(again) == bundle_id(twin)
    assert len(bundle_id(twin)) == 64


def test_the_id_ignores_how_it_was_trained(twin, tmp_path):
    twin.save(tmp_path / "twin.keras")
    again = keras.saving.load_model(tmp_path / "twin.keras", compile=False)
    again.compile("adam", "mse")
    assert bundle_id(again) == bundle_id(twin)


def test_the_id_changes_with_a_single_weight(twin, tmp_path):
    twin.save(tmp_path / "twin.keras")
    other = keras.saving.load_model(tmp_path / "twin.keras", compile=False)
    kernel = other.get_layer("embedding").kernel
    values = np.array(kernel)
    values[0, 0] += 1e-3
    kernel.assign(values)
    assert bundle_id(other) != bundle_id(twin)


def test_the_id_changes_with_the_architecture():
    plain = model()
    scaled = keras.Sequential([keras.Input((8, 8, 3), dtype="uint8"), *model().layers[1:]])
    assert bundle_id(plain) != bundle_id(scaled)
