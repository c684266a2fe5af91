"""Put a description into a file of either format."""

from twinlet_export.metadata.describing import Description
from twinlet_export.metadata.onnx_properties import with_properties
from twinlet_export.metadata.tflite_metadata import with_metadata


def labelled(model: bytes, description: Description) -> bytes:
    """The same model with its description inside; it computes what it computed."""
    if description.name.startswith("litert-"):
        return with_metadata(model, description)
    return with_properties(model, description)
