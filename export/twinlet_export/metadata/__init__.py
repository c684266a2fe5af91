"""What a file says of itself, so that it can be used without its bundle."""

from twinlet_export.metadata.describing import Description
from twinlet_export.metadata.labelling import labelled

__all__ = ["Description", "labelled"]
