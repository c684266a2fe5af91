"""Cells instead of halvings: as many strides as the image can bear."""

import pytest

from twinlet.contract import InputContract
from twinlet.errors import InvalidInputError
from twinlet_train.backbones import BackboneOptions, chosen_options
from twinlet_train.settings import ModelConfig
from twinlet_train.twin import build_twin


@pytest.mark.parametrize(
    ("side", "cells", "halvings"),
    [
        (32, 4, 3),  # 4 cells
        (32, 2, 4),
        (28, 4, 3),  # 28, 14, 7, 4: half a pixel counts as one
        (96, 4, 4),  # 6 cells; a fifth halving would leave 3
        (224, 4, 5),  # never more than designed
        (32, 16, 1),
    ],
)
def test_halvings_that_leave_the_cells(side, cells, halvings):
    config = ModelConfig(backbone="mobilenetv2", cells=cells, width=0.5)
    assert chosen_options(config, side) == BackboneOptions(0.5, halvings)


@pytest.mark.parametrize("name", ["small", "resnet-small"])
@pytest.mark.parametrize(("side", "cells"), [(28, 4), (28, 3), (32, 4), (30, 15)])
def test_networks_that_round_halves_down(name, side, cells):
    config = ModelConfig(backbone=name, cells=cells, width=0.25)
    twin = build_twin(config, InputContract(side, side, 1), seed=0)
    maps = [layer.output.shape[1] for layer in twin.layers if len(layer.output.shape) == 4]
    assert cells <= maps[-1] < 2 * cells + 2


@pytest.mark.parametrize(("name", "side", "most"), [("mobilenetv2", 9, 5), ("small", 9, 4)])
def test_cells_that_images_are_too_small_for(name, side, most):
    assert chosen_options(ModelConfig(backbone=name, cells=most), side).halvings == 1
    with pytest.raises(InvalidInputError, match=f"leaves {most}x{most} cells of images of 9 pix"):
        chosen_options(ModelConfig(backbone=name, cells=most + 1), side)


def test_the_last_feature_map_has_them():
    config = ModelConfig(backbone="mobilenetv2", cells=4, weights="none")
    twin = build_twin(config, InputContract(32, 48, 3), seed=0)
    assert twin.get_layer("pool").input.shape[1:3] == (4, 6)


@pytest.mark.parametrize("name", ["dense", "os.path:join"])
def test_networks_without_strides(name):
    with pytest.raises(InvalidInputError, match=r"no strides that twinlet could give up, got mode"):
        chosen_options(ModelConfig(backbone=name, cells=4), 32)


def test_not_both():
    with pytest.raises(InvalidInputError, match=r"say the same in two ways, got 3 and 4; set one"):
        ModelConfig(halvings=3, cells=4).check()
