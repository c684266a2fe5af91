"""From a configuration to the options of its network, for images of one size."""

from typing import TYPE_CHECKING

from twinlet.errors import InvalidInputError
from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.plan import cells_left, halvings_leaving
from twinlet_train.backbones.registry import chosen_backbone

if TYPE_CHECKING:
    from twinlet_train.settings import ModelConfig


def chosen_options(config: "ModelConfig", side: int) -> BackboneOptions:
    """Resolve width, halvings and cells.

    Args:
        config: The model.
        side: Of the images, in pixels, the shorter one.

    Raises:
        InvalidInputError: The network has no such options, halves less often, or cannot leave so
            many cells.
    """
    backbone, halvings = chosen_backbone(config.backbone), config.halvings
    if config.cells:
        if backbone.own or not backbone.halvings:
            raise InvalidInputError(
                f"{config.backbone} has no strides that twinlet could give up, got model.cells="
                f"{config.cells}; leave it at 0"
            )
        down = backbone.rounds_down
        halvings = halvings_leaving(config.cells, side, backbone.halvings, rounds_down=down)
        most = cells_left(side, halvings, rounds_down=down)
        if most < config.cells:
            raise InvalidInputError(
                f"{config.backbone} leaves {most}x{most} cells of images of {side} pixels at most, "
                f"got model.cells={config.cells}; set {most} or fewer, or a larger data.size"
            )
    return backbone.resolved(config.backbone, BackboneOptions(config.width, halvings))
