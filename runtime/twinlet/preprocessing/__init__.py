"""From an image of any size to the pixels of the model, the same on every device."""

from twinlet.preprocessing.model_input import to_input
from twinlet.preprocessing.resizing import RESIZE, resize

__all__ = ["RESIZE", "resize", "to_input"]
