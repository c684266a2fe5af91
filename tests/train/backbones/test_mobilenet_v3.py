"""What Keras publishes weights for must be what we build."""

import keras
import pytest

THEIRS = {
    "mobilenetv3-small": keras.applications.MobileNetV3Small,
    "mobilenetv3-large": keras.applications.MobileNetV3Large,
}


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize(("width", "side"), [(1.0, 64), (0.75, 49)])
def test_it_computes_what_keras_own_does(build, largest_difference, name, width, side):
    ours = build(name, side, width=width)
    theirs = THEIRS[name](
        input_shape=(side, side, 3),
        alpha=width,
        include_top=False,
        weights=None,
        include_preprocessing=False,
    )
    assert ours.output_shape == theirs.output_shape
    assert largest_difference(ours, theirs) <= 1e-5


@pytest.mark.parametrize(
    ("name", "weights", "channels"),
    [("mobilenetv3-small", 939_120, 576), ("mobilenetv3-large", 2_996_352, 960)],
)
def test_size_and_halvings(build, name, weights, channels):
    net = build(name, 32, halvings=3)
    assert net.count_params() == weights
    assert net.output_shape == (None, 4, 4, channels)
