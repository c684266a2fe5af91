"""Which other sizes a bundle tries: between them all of the preprocessing."""

import numpy as np
import pytest

from twinlet.bundle import make_inputs
from twinlet.bundle.manifest import MAX_SOURCE_PIXELS
from twinlet.contract import InputContract
from twinlet_export.ground import lay_ground
from twinlet_export.sources import choose_sources


def contract(height, width, channels=3):
    return InputContract(height, width, channels, color="RGB" if channels == 3 else "L")


@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 8), (32, 32), (28, 36), (224, 224)])
def test_every_kind_is_there(height, width):
    landscape, portrait, small, strip = choose_sources(contract(height, width), probes=16)
    assert (landscape.height > height, landscape.width > width) == (True, True)
    assert landscape.width / width > landscape.height / height or height == 2
    assert (portrait.height > height, portrait.width > width) == (True, True)
    assert (portrait.height % 2, portrait.width % 2) == (1, 1)
    assert (small.height < height, small.width <= width) == (True, True)
    assert strip.width >= 4 * width
    assert strip.height < height
    kinds = [source.channels for source in (landscape, portrait, small, strip)]
    assert kinds == [3, 4, 1, 3]
    assert [source.probe for source in (landscape, portrait, small, strip)] == [0, 1, 2, 3]


def test_few_probes_are_used_again():
    assert [source.probe for source in choose_sources(contract(8, 8), probes=2)] == [0, 1, 0, 1]


def test_too_large_ones_are_left_out():
    chosen = choose_sources(contract(900, 900), probes=16)
    assert [(source.height, source.width) for source in chosen] == [(450, 600), (225, 3602)]
    assert all(source.height * source.width <= MAX_SOURCE_PIXELS for source in chosen)


@pytest.mark.parametrize(("height", "width"), [(1, 40), (40, 1)])
def test_vectors_have_none(height, width):
    assert choose_sources(contract(height, width, 1), probes=16) == ()


def test_the_ground_makes_their_pixels_from_its_probes(data, splits):
    ground = lay_ground(data, splits, seed=3)
    assert ground.contract == contract(16, 16)
    assert ground.sources == choose_sources(ground.contract, probes=16)
    assert ground.inputs.shape == (4, 16, 16, 3)
    expected = make_inputs(ground.sources, ground.probes.pixels[:], ground.contract)
    np.testing.assert_array_equal(ground.inputs, expected)
