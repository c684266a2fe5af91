"""The engines that run a model file: uint8 NHWC pixels in, raw float32 embeddings out.

Each engine is optional and imported only when it is opened, so that an app carries one.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twinlet.contract import TensorSpec
from twinlet.errors import InvalidInputError, MissingExtraError

# engine -> (module that adapts it, the package it needs, the extra that brings it)
_ENGINES = {
    "onnxruntime": ("twinlet.backends.onnx", "onnxruntime", "onnx"),
    "litert": ("twinlet.backends.litert", "ai_edge_litert", "litert"),
}

ENGINES = tuple(_ENGINES)


class Engine(Protocol):
    """A model file, opened. Safe to call from several threads."""

    @property
    def input(self) -> TensorSpec:
        """The pixels the model takes."""

    @property
    def output(self) -> TensorSpec:
        """The embedding the model gives."""

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed a batch.

        Args:
            pixels: Uint8 (n, h, w, c), of the model's own size; n may be 0.

        Returns:
            Raw embeddings, float32 (n, d), not normalised.
        """

    def bare_call(self, pixels: NDArray[np.uint8]) -> Callable[[], object]:
        """The interpreter's own call on one image, uint8 (1, h, w, c), and nothing around it.

        For measuring what everything else adds; not for use by several threads.
        """


def installed() -> tuple[str, ...]:
    """Name the engines that can be imported here, without importing them."""
    return tuple(name for name, (_, package, _) in _ENGINES.items() if _importable(package))


def open_engine(engine: str, model: bytes, *, threads: int = 1) -> Engine:
    """Open a model file with an engine.

    Args:
        engine: "onnxruntime" or "litert".
        model: The bytes of the .onnx or .tflite file.
        threads: How many threads one embedding may use.

    Raises:
        InvalidInputError: The engine is unknown, or `threads` is below 1.
        MissingExtraError: The engine is not installed.
        BundleError: The engine does not accept the model.
    """
    if engine not in _ENGINES:
        raise InvalidInputError(f"unknown engine {engine!r}; expected one of {', '.join(ENGINES)}")
    if threads < 1:
        raise InvalidInputError(f"threads must be at least 1, got {threads}")
    adapter, package, _ = _ENGINES[engine]
    if not _importable(package):
        raise MissingExtraError(f"the engine {engine} is not installed; {how_to_install(engine)}")
    opened: Engine = import_module(adapter).open_model(model, threads)
    return opened


def how_to_install(*engines: str) -> str:
    """Word the way out when an engine is missing: any of the given ones will do."""
    lines = (f"`pip install 'twinlet[{_ENGINES[name][2]}]'`" for name in engines)
    return "run " + " or ".join(lines)


def _importable(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # sys.modules holds None for it: made unimportable on purpose
        return False
