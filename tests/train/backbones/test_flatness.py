"""What cannot become part of a twin is refused before any training."""

import pytest

from twinlet.errors import InvalidInputError

CUSTOM = """
class Own(layers.Layer):
    def call(self, x):
        return x * 2.0

@keras.saving.register_keras_serializable("{module}")
class Known(Own):
    pass

def own(pixels):
    return Own()(pixels)

def known(pixels):
    return Known()(pixels)

def twice(x):
    return x * 2

def activation(pixels):
    return layers.Conv2D(2, 1, activation=twice)(pixels)
"""


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("own", r"uses nets\d+.Own, expected only layers and functions of Keras itself"),
        ("known", r"uses nets\d+.Known, expected only"),
        ("activation", "uses twice, expected only"),
    ],
)
def test_layers_of_its_own_are_refused_before_training(written, twin_of, function, message):
    with pytest.raises(InvalidInputError, match=message):
        twin_of(f"{written(CUSTOM)}:{function}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("return 3", "returned int, expected the Keras tensor"),
        ("return None", "returned NoneType, expected the Keras tensor"),
        ("return keras.Model(pixels, layers.Flatten()(pixels))", "returned a keras.Model, expect"),
        ("return layers.Conv2D(2, 40)(pixels)", "failed when called with pixels of shape .*16, 16"),
        ("return undefined", "failed when called .* NameError"),
        ("return layers.Reshape((4, -1))(pixels)", r"features of shape \(None, 4, 192\); expected"),
        ("return layers.Flatten()(keras.Input((4, 4, 3)))", "not made from the pixels it got"),
        (
            "return keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(2, 3)])(pixels)",
            "calls the model 'sequential.*' inside; the twin must be one flat graph",
        ),
        ("return layers.Conv2D(2, 3, name='pool')(pixels)", "calls a layer 'pool', as the twin"),
        ("return layers.Lambda(lambda x: x)(pixels)", "uses the Lambda layer 'lambda.*', whose"),
    ],
)
def test_what_cannot_be_part_of_a_twin(written, twin_of, line, message):
    name = written(f"def build(pixels):\n    {line}\n")
    with pytest.raises(InvalidInputError, match=message):
        twin_of(f"{name}:build")
