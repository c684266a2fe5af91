"""One file of the bundle by its name."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import FILE_NAMES, FileKind
from twinlet.errors import InvalidInputError
from twinlet_export.aware.methods import METHODS, QuantizationAware
from twinlet_export.mixed.mixers import Mixer, OnnxMixer, TfliteMixer
from twinlet_export.quantization import halve_onnx, quantize_onnx, quantize_onnx_dynamic
from twinlet_export.settings import BUILT
from twinlet_export.to_onnx import aware_to_onnx, to_onnx
from twinlet_export.to_tflite import aware_to_tflite, to_tflite

if TYPE_CHECKING:
    import keras

    from twinlet_export.aware.tuner import Tuner


def chosen_files(text: str, *, tuned: bool = True) -> tuple[str, ...]:
    """Read the value of `--files`: "all", or names with commas between.

    Args:
        text: The value.
        tuned: Whether "all" means the files that are made by fine-tuning as well.

    Returns:
        The names, in the order in which the runtime prefers them.

    Raises:
        InvalidInputError: A name is unknown, or there is none.
    """
    if text == "all":
        return tuple(name for name in BUILT if tuned or FILE_NAMES[name].precision not in METHODS)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InvalidInputError(
            f"no file named in {text!r}; expected 'all' or some of {', '.join(BUILT)}"
        )
    for name in names:
        if name not in BUILT:
            raise InvalidInputError(
                f"unknown file {name!r}; expected 'all' or some of {', '.join(BUILT)}"
            )
    return tuple(name for name in BUILT if name in names)


class Builder:
    """Makes the files of one twin; the float ONNX file, which others need, only once."""

    def __init__(
        self, twin: "keras.Model", representative: NDArray[np.uint8], tuner: "Tuner | None" = None
    ) -> None:
        """Keep the twin, uint8 images (n, h, w, c) of the training split, and who tunes it.

        Without a tuner there are no quantization-aware, pruned and clustered files.
        """
        self._twin = twin
        self._representative = representative
        self._tuner = tuner
        self._onnx: bytes | None = None

    def build(self, name: str) -> bytes:
        """Convert the twin into one file of `BUILT`."""
        kind = FILE_NAMES[name]
        if kind.precision in METHODS:
            return self._build_tuned(kind)
        if kind.format == "tflite":
            images = self._representative if kind.precision == "int8" else None
            return to_tflite(self._twin, kind.precision, representative=images)
        if self._onnx is None:
            self._onnx = to_onnx(self._twin)
        return self._smaller_onnx(self._onnx, kind.precision)

    def mixer(self, name: str) -> Mixer:
        """Measure the ranges of a static int8 file once, to try it with other layers in float."""
        if FILE_NAMES[name].format == "tflite":
            return TfliteMixer(self._twin, self._representative)
        return OnnxMixer(self.build(self.fp32_of(name)), self._representative)

    @staticmethod
    def fp32_of(name: str) -> str:
        """Name the float32 file for the same engine."""
        return f"{name.partition('-')[0]}-fp32"

    def _smaller_onnx(self, model: bytes, precision: str) -> bytes:
        if precision == "int8":
            return quantize_onnx(model, self._representative)
        if precision == "fp16":
            return halve_onnx(model)
        if precision == "dynamic":
            return quantize_onnx_dynamic(model)
        return model

    def _build_tuned(self, kind: FileKind) -> bytes:
        if self._tuner is None:
            raise InvalidInputError(
                f"{kind.path} is made by fine-tuning, which needs the data and the loss that the "
                f"twin was trained with; export a run folder of `twinlet train`"
            )
        if kind.precision != QuantizationAware.name:
            return to_tflite(self._tuner.twin(kind.precision), "fp32")
        tuned = self._tuner.tuned(kind.precision)

        def embed(pixels: Any) -> Any:
            return tuned.network(tuned.before(pixels, training=False), training=False)

        convert = aware_to_onnx if kind.format == "onnx" else aware_to_tflite
        return convert(embed, tuple(self._twin.input_shape[1:]))
