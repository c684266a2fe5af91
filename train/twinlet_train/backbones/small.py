"""A small residual network for small devices."""

from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.residual import residual_network

STEM = 16
STAGES = ((32, 2), (64, 2), (128, 1))
HALVINGS = len(STAGES)


def small(pixels: Any, options: BackboneOptions) -> Any:
    """400,000 weights at width 1.0, (n, h, w, c) -> (n, h/8, w/8, 128).

    21 million multiplications for a 32-pixel image.
    """
    return residual_network(pixels, STEM, STAGES, options)
