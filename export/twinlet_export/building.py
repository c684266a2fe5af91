"""One file of the bundle by its name."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twinlet.bundle import FILE_NAMES
from twinlet.errors import InvalidInputError
from twinlet_export.quantization import halve_onnx, quantize_onnx, quantize_onnx_dynamic
from twinlet_export.settings import BUILT
from twinlet_export.to_onnx import to_onnx
from twinlet_export.to_tflite import to_tflite

if TYPE_CHECKING:
    import keras


def chosen_files(text: str) -> tuple[str, ...]:
    """Read the value of `--files`: "all", or names with commas between.

    Returns:
        The names, in the order in which the runtime prefers them.

    Raises:
        InvalidInputError: A name is unknown, not built by this version, or there is none.
    """
    if text == "all":
        return BUILT
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InvalidInputError(
            f"no file named in {text!r}; expected 'all' or some of {', '.join(BUILT)}"
        )
    for name in names:
        if name not in FILE_NAMES:
            raise InvalidInputError(
                f"unknown file {name!r}; expected 'all' or some of {', '.join(BUILT)}"
            )
        if name not in BUILT:
            raise InvalidInputError(
                f"this version of twinlet does not build {name}; it builds {', '.join(BUILT)}"
            )
    return tuple(name for name in BUILT if name in names)


class Builder:
    """Makes the files of one twin; the float ONNX file, which the others need, only once."""

    def __init__(self, twin: "keras.Model", representative: NDArray[np.uint8]) -> None:
        self._twin = twin
        self._representative = representative
        self._onnx: bytes | None = None

    def build(self, name: str) -> bytes:
        """Convert the twin into one file of `BUILT`."""
        kind = FILE_NAMES[name]
        if kind.format == "tflite":
            images = self._representative if kind.precision == "int8" else None
            return to_tflite(self._twin, kind.precision, representative=images)
        if self._onnx is None:
            self._onnx = to_onnx(self._twin)
        if kind.precision == "int8":
            return quantize_onnx(self._onnx, self._representative)
        if kind.precision == "fp16":
            return halve_onnx(self._onnx)
        if kind.precision == "dynamic":
            return quantize_onnx_dynamic(self._onnx)
        return self._onnx
