"""Smaller ONNX files: halves, dynamic and static int8, in forms that onnxruntime runs fast."""

import inspect
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_export.freezing import INPUT
from twinlet_export.quiet import quiet_converters
from twinlet_export.storing import share_constants, store_bytes, store_halves
from twinlet_export.to_onnx import packed

_CACHE = "calibration_cache_path"  # argument of quantize_static in newer onnxruntimes


def quantize_onnx(
    model: bytes,
    representative: NDArray[np.uint8],
    *,
    keep: Collection[str] = (),
    ranges: Path | None = None,
) -> bytes:
    """Quantize weights per channel to int8 and activations to uint8, as QuantizeLinear pairs.

    Unsigned activations are what the x86 integer kernels take; with signed ones the same model
    ran slower than in float. `quant_pre_process` is left out: it rewrites the graph for
    floats, and the result was five times slower. Weights keep 7 of the 8 bits: x86 processors
    without VNNI add two products in 16 bits, which whole bytes overflow without a word.

    Args:
        model: The float32 file of `to_onnx`, batch normalisation folded.
        representative: Uint8 (n, h, w, c): images whose activations give the ranges.
        keep: Names of nodes that go on computing in float32.
        ranges: A file that keeps the ranges for the next call with the same model and images,
            which then takes a third of the time; with an onnxruntime that cannot (1.24), every
            call finds them anew.

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
            "give uint8 images that neither calibrate nor test"
        )
    kept = {}
    if ranges is not None and _CACHE in inspect.signature(quantize_static).parameters:
        kept[_CACHE] = ranges
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
            reduce_range=True,
            nodes_to_exclude=list(keep),
            **kept,
        )
        quantized = onnx.load(target)
    share_constants(quantized)
    return packed(quantized)


def quantize_onnx_dynamic(model: bytes) -> bytes:
    """Dense layers in integers, ranges found in each run; convolutions stored in int8 only.

    onnxruntime has no fast kernel for a dynamic convolution (ConvInteger): MobileNetV2 at 32 px
    took ten times as long with it. So convolutions compute in float32. Dense layers keep 7 bits
    of a weight, as in `quantize_onnx`.

    Args:
        model: The float32 file of `to_onnx`.

    Returns:
        An ONNX file with the same input and output.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder, quiet_converters():
        target = Path(folder) / "dynamic.onnx"
        quantize_dynamic(
            onnx.load_from_string(model),
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        quantized = onnx.load(target)
    store_bytes(quantized)
    return packed(quantized)


def halve_onnx(model: bytes) -> bytes:
    """Store weights as float16; compute in float32, as a float16 TFLite file does.

    With activations in float16 as well, a CPU without such kernels casts before and after each
    operator: slower and less exact than this.

    Args:
        model: The float32 file of `to_onnx`.

    Returns:
        An ONNX file with the same input and output.
    """
    import onnx

    loaded = onnx.load_from_string(model)
    store_halves(loaded)
    return packed(loaded)


class _Images:
    """What onnxruntime's calibrator reads: one image at a time, `None` at the end."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images: Iterator[NDArray[np.uint8]] = iter(images)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        image = next(self._images, None)
        return None if image is None else {INPUT: image[np.newaxis]}
