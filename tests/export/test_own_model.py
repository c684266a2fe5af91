"""Models from elsewhere in the form of a twin, or refused by name."""

import keras
import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet_export.extraction import bundle_id, check_twin
from twinlet_export.own_model import as_twin, load_own_model

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)


@keras.saving.register_keras_serializable("tests")
class Doubling(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x


def floats(*, normalised=False, own=False):
    source = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.GlorotUniform(seed=1))(
        source
    )
    x = Doubling()(x) if own else x
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(5, kernel_initializer=keras.initializers.GlorotUniform(seed=2))(x)
    if normalised:
        x = keras.layers.UnitNormalization()(x)
    return keras.Model(source, x, name="mine")


def test_the_range_of_pixels_goes_inside():
    model = floats()
    twin = as_twin(model, (-1.0, 1.0))
    check_twin(twin)
    expected = np.asarray(model(IMAGES / 127.5 - 1.0))
    np.testing.assert_allclose(np.asarray(twin(IMAGES)), expected, rtol=1e-4, atol=1e-5)


def test_a_normalisation_at_the_end_is_left_out():
    normalised, raw = floats(normalised=True), floats()
    found = np.asarray(as_twin(normalised, (0.0, 1.0))(IMAGES))
    expected = np.asarray(as_twin(raw, (0.0, 1.0))(IMAGES))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    check_twin(as_twin(normalised, (0.0, 1.0)))


@pytest.mark.parametrize(("order", "left_out"), [(2, True), (1, False)])
def test_an_operation_that_normalises_at_the_end_is_left_out(order, left_out):
    raw = floats()
    model = keras.Model(raw.input, keras.ops.normalize(raw.output, order=order), name="mine")
    expected = (raw if left_out else model)(IMAGES / 255.0)
    found = as_twin(model, (0.0, 1.0))(IMAGES)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-4, atol=1e-5)


class Normalize(keras.layers.Layer):
    """Somebody's layer, which happens to have the name of an operation."""

    order = 2
    axis = -1

    def call(self, x):
        return 7.0 * x


def test_a_layer_of_that_name_stays():
    raw = floats()
    model = keras.Model(raw.input, Normalize()(raw.output), name="mine")
    expected = 7.0 * np.asarray(raw(IMAGES / 255.0))
    found = as_twin(model, (0.0, 1.0))(IMAGES)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-4, atol=1e-5)


def sequential(*, normalised):
    source, *layers = floats(normalised=normalised).layers
    return keras.Sequential([keras.Input(source.batch_shape[1:]), *layers], name="mine")


def nested(*, normalised):
    source = keras.Input((8, 8, 3))
    return keras.Model(source, sequential(normalised=normalised)(source), name="outer")


def nested_twice(*, normalised):
    return keras.Sequential([keras.Input((8, 8, 3)), nested(normalised=normalised)], name="outer")


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("build", [sequential, nested, nested_twice])
def test_a_normalisation_at_the_end_of_a_sequential(build, saved, tmp_path):
    model = build(normalised=True)
    if saved:
        model.save(tmp_path / "mine.keras")
        model = load_own_model(tmp_path / "mine.keras")
    twin = as_twin(model, (0.0, 1.0))
    check_twin(twin)
    expected = np.asarray(as_twin(build(normalised=False), (0.0, 1.0))(IMAGES))
    np.testing.assert_allclose(np.asarray(twin(IMAGES)), expected, rtol=1e-5)


def joined(*, last):
    """Two normalised vectors, the output of an operation that is no layer."""
    pooled = floats()
    parts = [keras.layers.UnitNormalization()(keras.layers.Dense(n)(pooled.output)) for n in (6, 4)]
    end = {"join": lambda x: keras.ops.concatenate(x, axis=-1), "double": lambda x: 2.0 * x[1]}[
        last
    ]
    return keras.Model(pooled.input, end(parts), name="mine")


@pytest.mark.parametrize(("last", "size"), [("join", 10), ("double", 4)])
def test_a_normalisation_before_the_end_stays(last, size):
    model = joined(last=last)
    twin = as_twin(model, (0.0, 1.0))
    assert twin.output_shape == (None, size)
    expected = np.asarray(model(IMAGES / 255.0))
    np.testing.assert_allclose(np.asarray(twin(IMAGES)), expected, rtol=1e-4, atol=1e-6)
    check_twin(twin)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("wrap", [lambda x: {"embedding": x}, lambda x: [x]])
def test_the_only_output_in_a_dict_or_a_list(wrap, normalised):
    model = floats(normalised=normalised)
    wrapped = keras.Model({model.input.name: model.input}, wrap(model.output), name="mine")
    twin = as_twin(wrapped, (0.0, 1.0))
    check_twin(twin)
    expected = np.asarray(as_twin(model, (0.0, 1.0))(IMAGES))
    np.testing.assert_allclose(np.asarray(twin(IMAGES)), expected, rtol=1e-5)


def test_a_normalisation_over_the_images_stays():
    source = keras.Input((8, 8, 3))
    x = keras.layers.UnitNormalization(axis=0)(floats()(source))
    model = keras.Model(source, x)
    assert as_twin(model, None) is model


def test_a_twin_stays_as_it_is(twin):
    assert as_twin(twin, None) is twin


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_files_of_keras(tmp_path, suffix):
    model = floats()
    path = tmp_path / f"mine{suffix}"
    model.save(path)
    loaded = load_own_model(path)
    np.testing.assert_allclose(loaded(IMAGES / 255.0), model(IMAGES / 255.0), rtol=1e-5)


def test_a_saved_model_needs_no_code_of_its_layers(tmp_path):
    model = floats(own=True)
    model.export(tmp_path / "saved", verbose=False)
    twin = as_twin(load_own_model(tmp_path / "saved"), (0.0, 1.0))
    check_twin(twin)
    expected = np.asarray(model(IMAGES / 255.0))
    np.testing.assert_allclose(np.asarray(twin(IMAGES)), expected, rtol=1e-4, atol=1e-5)
    (tmp_path / "saved").rename(tmp_path / "elsewhere")
    again = as_twin(load_own_model(tmp_path / "elsewhere"), (0.0, 1.0))
    assert bundle_id(again) == bundle_id(twin)


def test_other_weights_have_another_id(tmp_path):
    ids = []
    for factor in (1.0, 2.0):
        model = floats()
        model.set_weights([factor * weight for weight in model.get_weights()])
        model.export(tmp_path / f"{factor}", verbose=False)
        ids.append(bundle_id(load_own_model(tmp_path / f"{factor}")))
    assert ids[0] != ids[1]


def test_a_file_that_is_no_model(tmp_path):
    path = tmp_path / "x.keras"
    path.write_text("no zip")
    with pytest.raises(InvalidInputError, match=r"^cannot load .*x\.keras: "):
        load_own_model(path)


def test_layers_nobody_here_knows(tmp_path):
    class Unknown(keras.layers.Layer):
        def call(self, x):
            return x

    source = keras.Input((8, 8, 3))
    keras.Model(source, Unknown()(source)).save(tmp_path / "x.keras")
    with pytest.raises(InvalidInputError, match=r"Unknown.*must be saved as a SavedModel"):
        load_own_model(tmp_path / "x.keras")


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_layer(tmp_path, suffix):
    source = keras.Input((8, 8, 3))
    path = tmp_path / f"x{suffix}"
    keras.Model(source, keras.layers.Lambda(lambda x: 2.0 * x)(source)).save(path)
    with pytest.raises(InvalidInputError) as caught:
        load_own_model(path)
    assert str(caught.value) == (
        f"cannot load {path}: it has a Lambda layer, whose Python code is never run from a file; "
        f"a model with layers of its own must be saved as a SavedModel (model.export), which "
        f"needs none of their code"
    )


@keras.saving.register_keras_serializable("tests")
class Subclass(keras.Model):
    def call(self, x):
        return x


@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)]),
            "known shape, got a Sequential that has never seen an image; build it by calling it "
            "once before saving, or make keras.Input",
        ),
        (Subclass, r"known shape, got Subclass; save it as a SavedModel \(model\.export\)"),
    ],
)
def test_a_model_of_no_known_shape(build, message, tmp_path):
    build().save(tmp_path / "x.keras")
    with pytest.raises(InvalidInputError, match=rf"^cannot export .*x\.keras: .*{message}"):
        load_own_model(tmp_path / "x.keras")


def test_a_saved_model_of_two_outputs(tmp_path):
    source = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(source)
    keras.Model(source, [x, 2 * x]).export(tmp_path / "two", verbose=False)
    with pytest.raises(
        InvalidInputError,
        match=r"^cannot export .*two: expected one input and one output, got 1 and 2$",
    ):
        load_own_model(tmp_path / "two")


def test_a_batch_of_fixed_size(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    signature = [tf.TensorSpec((1, 8, 8, 3), tf.float32)]
    module.serve = tf.function(lambda x: {"y": tf.reshape(x, (1, -1))}, input_signature=signature)
    tf.saved_model.save(module, str(tmp_path / "one"), signatures=module.serve)
    with pytest.raises(InvalidInputError, match=r"any number of images.*got \(1, 8, 8, 3\)"):
        load_own_model(tmp_path / "one")


def test_a_damaged_saved_model(tmp_path):
    floats().export(tmp_path / "cut", verbose=False)
    (part,) = (tmp_path / "cut" / "variables").glob("variables.data*")
    part.write_bytes(part.read_bytes()[:20])
    with pytest.raises(InvalidInputError, match=r"^cannot load .*cut: "):
        load_own_model(tmp_path / "cut")
