"""TFLite files for LiteRT: float, half, dynamic and full integer."""

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_export.freezing import INPUT, frozen, frozen_module
from twinlet_export.quiet import quiet_converters, quiet_quantizer

if TYPE_CHECKING:
    import keras

PRECISIONS = ("fp32", "fp16", "dynamic", "int8")


def to_tflite(
    twin: "keras.Model",
    precision: str = "fp32",
    *,
    representative: NDArray[np.uint8] | None = None,
) -> bytes:
    """Convert a twin.

    Every precision takes uint8 pixels (1, h, w, c) named "pixels" and gives the raw float32
    embedding (1, d) named "embedding" (signature "serving_default"); the number of images can
    be resized. The same twin gives the same bytes.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).
        precision: "fp32"; "fp16", weights stored as halves; "dynamic", weights as int8 and
            activations quantized on the fly; "int8", weights per channel and activations as
            int8.
        representative: Uint8 (n, h, w, c), for "int8": images whose activations give the
            ranges.

    Returns:
        The file.

    Raises:
        InvalidInputError: An unknown precision, or "int8" without representative images.
    """
    if precision not in PRECISIONS:
        raise InvalidInputError(
            f"unknown TFLite precision {precision!r}; expected one of {', '.join(PRECISIONS)}"
        )
    images = _checked(representative) if precision == "int8" else None

    def settle(converter: Any) -> None:
        import tensorflow as tf

        if images is not None:
            _settle_int8(converter, images)
        elif precision != "fp32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "fp16":
            converter.target_spec.supported_types = [tf.float16]

    return _converted(frozen_module(twin), settle)


def measured_tflite(twin: "keras.Model", representative: NDArray[np.uint8]) -> bytes:
    """Convert a twin to float32 with the range of every activation, which can then be rounded.

    What `quantized_tflite` makes of it, with nothing kept, computes what `to_tflite` with "int8"
    makes of the twin.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).
        representative: Uint8 (n, h, w, c): images whose activations give the ranges.

    Returns:
        A TFLite file with the ranges.

    Raises:
        InvalidInputError: No representative images.
    """
    import tensorflow as tf

    images = _checked(representative)
    module = frozen_module(twin)
    with quiet_converters():
        converter = _converter(module)
        _settle_int8(converter, images)
        # It debugs nothing here, but stops the converter once the ranges are known.
        debugger = tf.lite.experimental.QuantizationDebugger(
            converter=converter, debug_dataset=lambda: iter(())
        )
    model: bytes = debugger.calibrated_model
    return model


def quantized_tflite(measured: bytes, keep: Collection[str] = ()) -> bytes:
    """Round a file of `measured_tflite` to int8, but for some operators.

    TensorFlow's `QuantizationDebugger` calls the same function, twice for each file and with an
    interpreter opened between, which takes three times as long.

    Args:
        measured: The file.
        keep: Names of the first results of the operators that go on computing in float32.

    Returns:
        The file; see `to_tflite`.
    """
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    with quiet_converters(), quiet_quantizer():
        model: bytes = mlir_quantize(
            measured,
            input_data_type=tf.uint8,
            output_data_type=tf.float32,
            denylisted_nodes=list(keep),
        )
    return model


def aware_to_tflite(embed: Callable[[Any], Any], shape: tuple[int, ...]) -> bytes:
    """Convert a network whose layers carry the ranges they learnt: full integer.

    Args:
        embed: Uint8 (n, h, w, c) to float32 (n, d), with simulated quantization inside.
        shape: (h, w, c).

    Returns:
        The file; see `to_tflite`.
    """

    def settle(converter: Any) -> None:
        import tensorflow as tf

        converter.optimizations = [tf.lite.Optimize.DEFAULT]

    return _converted(frozen(embed, shape), settle)


def _converted(module: Any, settle: Callable[[Any], None]) -> bytes:
    with quiet_converters():
        converter = _converter(module)
        settle(converter)
        model: bytes = converter.convert()
    return model


def _converter(module: Any) -> Any:
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_concrete_functions(
        [module.serve.get_concrete_function()], module
    )


def _settle_int8(converter: Any, images: NDArray[np.uint8]) -> None:
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _one_by_one(images)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.float32


def _checked(representative: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if representative is None or len(representative) == 0:
        raise InvalidInputError(
            "int8 needs representative images for the ranges of the activations, got none; "
            "give uint8 images that neither calibrate nor test"
        )
    return representative


def _one_by_one(images: NDArray[np.uint8]) -> Iterator[dict[str, NDArray[np.uint8]]]:
    for image in images:
        yield {INPUT: image[np.newaxis]}
