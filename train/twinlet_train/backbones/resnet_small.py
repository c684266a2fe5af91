"""A residual network that learns 32-pixel images from nothing on a CPU."""

from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.residual import residual_network

STEM = 32
STAGES = ((64, 1), (128, 0), (256, 1))
HALVINGS = len(STAGES)


def resnet_small(pixels: Any, options: BackboneOptions) -> Any:
    """1.6 million weights at width 1.0, (n, h, w, c) -> (n, 256).

    95 million multiplications for a 32-pixel image.
    """
    return residual_network(pixels, STEM, STAGES, options)
