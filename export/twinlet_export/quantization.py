"""Static int8 quantization of an ONNX file, in the form that onnxruntime runs fast."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_export.freezing import INPUT
from twinlet_export.quiet import quiet_converters


def quantize_onnx(model: bytes, representative: NDArray[np.uint8]) -> bytes:
    """Quantize weights per channel to int8 and activations to uint8, as QuantizeLinear pairs.

    Unsigned activations are what the x86 integer kernels take; with signed ones the same model
    ran slower than in float. `quant_pre_process` is left out: it rewrites the graph for
    floats, and the result was five times slower.

    Args:
        model: The float32 file of `to_onnx`, batch normalisation folded.
        representative: Uint8 (n, h, w, c): images whose activations give the ranges.

    Returns:
        An ONNX file with the same input and output.

    Raises:
        InvalidInputError: No representative images.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    if len(representative) == 0:
        raise InvalidInputError(
            "int8 needs representative images for the ranges of the activations, got none; "
            "give uint8 images of the training split"
        )
    with tempfile.TemporaryDirectory() as folder, quiet_converters():
        target = Path(folder) / "int8.onnx"
        quantize_static(
            onnx.load_from_string(model),
            target,
            _Images(representative),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        quantized = onnx.load(target)
    onnx.checker.check_model(quantized, full_check=True)
    packed: bytes = quantized.SerializeToString()
    return packed


class _Images:
    """What onnxruntime's calibrator reads: one image at a time, `None` at the end."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images: Iterator[NDArray[np.uint8]] = iter(images)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        image = next(self._images, None)
        return None if image is None else {INPUT: image[np.newaxis]}
