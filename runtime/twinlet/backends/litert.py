"""TFLite files, run by LiteRT with its XNNPACK kernels."""

from collections.abc import Callable
from importlib.metadata import version
from threading import Lock
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from twinlet.contract import TensorSpec
from twinlet.errors import BundleError


class LitertEngine:
    """One interpreter, its tensors allocated for a batch of one.

    A batch runs image by image. It is the speed an app sees, it needs no model that can be
    resized, and what calibration measures is then exactly what a device computes.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        (source,), (sink,) = interpreter.get_input_details(), interpreter.get_output_details()
        self._interpreter = interpreter
        self._source = source["index"]
        self._sink = sink["index"]
        self._lock = Lock()  # an interpreter is one set of buffers
        self.input = _spec(source)
        self.output = _spec(sink)

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed a batch; see `twinlet.backends.Engine`."""
        vectors = np.zeros((len(pixels), self.output.shape[-1] or 0), dtype=np.float32)
        with self._lock:
            for row in range(len(pixels)):
                self._interpreter.set_tensor(self._source, pixels[row : row + 1])
                self._interpreter.invoke()
                vectors[row] = self._interpreter.get_tensor(self._sink)[0]
        return vectors

    def bare_call(self, pixels: NDArray[np.uint8]) -> Callable[[], object]:
        """Give the interpreter's own call; see `twinlet.backends.Engine`."""

        def call() -> object:
            self._interpreter.set_tensor(self._source, pixels)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._sink)

        return call


def open_model(model: bytes, threads: int) -> LitertEngine:
    """Open a model; see `twinlet.backends.open_engine`."""
    try:
        interpreter = Interpreter(model_content=model, num_threads=threads)
        interpreter.allocate_tensors()
        return LitertEngine(interpreter)
    except (ValueError, RuntimeError) as error:
        raise BundleError(
            f"LiteRT {version('ai-edge-litert')} does not accept the model: {error}; "
            f"a newer ai-edge-litert may"
        ) from error


def _spec(tensor: dict[str, Any]) -> TensorSpec:
    shape = tuple(None if size < 0 else int(size) for size in tensor["shape_signature"])
    return TensorSpec(tensor["name"], np.dtype(tensor["dtype"]).name, shape)
