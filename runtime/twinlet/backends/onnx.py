"""ONNX files, run by ONNX Runtime on the CPU."""

from collections.abc import Callable
from functools import partial

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from twinlet.contract import TensorSpec
from twinlet.errors import BundleError

# Images a run: enough to keep the cores busy, few enough to bound the activations' memory.
BATCH = 64

_DTYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}


class OnnxEngine:
    """One inference session; ONNX Runtime lets several threads run it at once."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        (source,), (sink,) = session.get_inputs(), session.get_outputs()
        self._session = session
        self.input = _spec(source)
        self.output = _spec(sink)

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed a batch; see `twinlet.backends.Engine`."""
        batch = self.input.shape[0] or BATCH
        vectors: list[NDArray[np.float32]] = []
        for start in range(0, len(pixels), batch):
            feed = {self.input.name: pixels[start : start + batch]}
            vectors += self._session.run([self.output.name], feed)
        if not vectors:
            return np.zeros((0, self.output.shape[-1] or 0), dtype=np.float32)
        return np.concatenate(vectors)

    def bare_call(self, pixels: NDArray[np.uint8]) -> Callable[[], object]:
        """Give the interpreter's own call; see `twinlet.backends.Engine`."""
        return partial(self._session.run, [self.output.name], {self.input.name: pixels})


def open_model(model: bytes, threads: int) -> OnnxEngine:
    """Open a model; see `twinlet.backends.open_engine`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: a warning is nothing the app can act on
    try:
        session = onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
        return OnnxEngine(session)
    except Exception as error:  # the binding has no common base for what it raises
        raise BundleError(
            f"onnxruntime {onnxruntime.__version__} does not accept the model: {error}; "
            f"a newer onnxruntime may"
        ) from error


def _spec(tensor: onnxruntime.NodeArg) -> TensorSpec:
    shape = tuple(size if isinstance(size, int) else None for size in tensor.shape)
    return TensorSpec(tensor.name, _DTYPES.get(tensor.type, tensor.type), shape)
