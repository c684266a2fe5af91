"""What Keras publishes weights for must be what we build."""

import keras
import numpy as np
import pytest


@pytest.mark.parametrize(("width", "side"), [(1.0, 64), (0.35, 49), (1.4, 32)])
def test_it_computes_what_keras_own_does(build, largest_difference, width, side):
    ours = build("mobilenetv2", side, width=width)
    theirs = keras.applications.MobileNetV2(
        input_shape=(side, side, 3), alpha=width, include_top=False, weights=None
    )
    assert ours.output_shape == theirs.output_shape
    assert largest_difference(ours, theirs) <= 1e-5


@pytest.mark.parametrize(("halvings", "cells"), [(0, 1), (5, 1), (4, 2), (3, 4), (2, 8), (1, 16)])
def test_halvings_decide_what_is_left_of_32_pixels(build, halvings, cells):
    net = build("mobilenetv2", 32, halvings=halvings)
    assert net.output_shape == (None, cells, cells, 1280)


def test_the_weights_do_not_depend_on_the_halvings(build):
    few, many = build("mobilenetv2", 32, halvings=2), build("mobilenetv2", 32)
    assert [w.shape for w in few.get_weights()] == [w.shape for w in many.get_weights()]
    assert few.count_params() == 2_257_984  # Keras' own, without top


@pytest.mark.parametrize("width", [0.35, 0.5])
def test_a_given_up_stride_adds_no_shortcut(build, width):
    """At small widths a block with a stride has as many channels in as out."""
    count = {
        halvings: sum(
            isinstance(layer, keras.layers.Add)
            for layer in build("mobilenetv2", 32, width=width, halvings=halvings).layers
        )
        for halvings in (1, 5)
    }
    assert count[1] == count[5]


def test_grey_images_without_ready_weights(build):
    net = build("mobilenetv2", 32, channels=1)
    assert np.asarray(net(np.zeros((1, 32, 32, 1)))).shape == (1, 1, 1, 1280)
