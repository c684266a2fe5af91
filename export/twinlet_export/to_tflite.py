"""TFLite files for LiteRT: float, half, dynamic and full integer."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.errors import InvalidInputError
from twinlet_export.freezing import INPUT, frozen, frozen_module
from twinlet_export.quiet import quiet_converters

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

        if precision != "fp32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "fp16":
            converter.target_spec.supported_types = [tf.float16]
        if images is not None:
            converter.representative_dataset = lambda: _one_by_one(images)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.uint8
            converter.inference_output_type = tf.float32

    return _converted(frozen_module(twin), settle)


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
    import tensorflow as tf

    with quiet_converters():
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [module.serve.get_concrete_function()], module
        )
        settle(converter)
        model: bytes = converter.convert()
    return model


def _checked(representative: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if representative is None or len(representative) == 0:
        raise InvalidInputError(
            "int8 needs representative images for the ranges of the activations, got none; "
            "give uint8 images of the training split"
        )
    return representative


def _one_by_one(images: NDArray[np.uint8]) -> Iterator[dict[str, NDArray[np.uint8]]]:
    for image in images:
        yield {INPUT: image[np.newaxis]}
