"""Images from any usual source to uint8 pixels."""

from twinlet.images.reading import ImageSource, read_image

__all__ = ["ImageSource", "read_image"]
