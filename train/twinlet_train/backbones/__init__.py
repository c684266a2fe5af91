"""Backbones: from normalised pixels to features.

Each builds onto a given tensor, so that the twin stays one flat graph: quantization-aware
training and the converters want no nested models.
"""

from twinlet_train.backbones.backbone import Backbone, BackboneOptions
from twinlet_train.backbones.choosing import chosen_options
from twinlet_train.backbones.registry import BACKBONES, chosen_backbone

__all__ = ["BACKBONES", "Backbone", "BackboneOptions", "chosen_backbone", "chosen_options"]
