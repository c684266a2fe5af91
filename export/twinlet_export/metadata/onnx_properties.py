"""ONNX: `doc_string` and `metadata_props`, which engines and viewers show."""

from twinlet_export.metadata.describing import CALIBRATION_FILE, Description


def with_properties(model: bytes, description: Description) -> bytes:
    """Add producer, text, and properties whose names begin with `twinlet.`.

    Args:
        model: An ONNX file.
        description: What it is.

    Returns:
        The file with them.
    """
    import onnx

    from twinlet import __version__

    loaded = onnx.load_from_string(model)
    loaded.producer_name, loaded.producer_version = "twinlet", __version__
    loaded.doc_string = description.text
    onnx.helper.set_model_props(
        loaded,
        {
            "twinlet.file": description.name,
            "twinlet.bundle_id": description.bundle_id,
            "twinlet.input": description.input_text,
            "twinlet.output": description.output_text,
            f"twinlet.{CALIBRATION_FILE}": description.calibration_json,
        },
    )
    packed: bytes = loaded.SerializeToString()
    return packed
