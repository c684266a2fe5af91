"""A small residual network for small devices."""

from typing import Any

from twinlet_train.backbones.backbone import BackboneOptions
from twinlet_train.backbones.residual import residual_network

STEM = 16
STAGES = ((32, 1), (64, 0), (128, 1))
HALVINGS = len(STAGES)


def small(pixels: Any, options: BackboneOptions) -> Any:
    """410,000 weights at width 1.0, (n, h, w, c) -> (n, 128).

    24 million multiplications for a 32-pixel image.
    """
    return residual_network(pixels, STEM, STAGES, options)
