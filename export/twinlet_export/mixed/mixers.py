"""A twin whose ranges are measured once, quantized again and again with other layers in float."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from twinlet_export.mixed.layers import Layer, Operator, layers_of
from twinlet_export.quantization import quantize_onnx
from twinlet_export.to_tflite import measured_tflite, quantized_tflite

if TYPE_CHECKING:
    import keras

# What only clips or moves numbers, and what is never in integers.
_MOVING_TFLITE = (
    *("RELU", "RELU6", "RELU_N1_TO_1", "PAD", "PADV2", "MIRROR_PAD", "MAX_POOL_2D"),
    *("RESHAPE", "TRANSPOSE", "SQUEEZE", "EXPAND_DIMS"),
)
_MOVING_ONNX = (
    *("Relu", "Clip", "Pad", "MaxPool"),
    *("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten"),
)
_IDLE_TFLITE = ("CAST",)
_IDLE_ONNX = ("Cast", "Constant")


class Mixer(Protocol):
    """Makes the int8 file of a twin with any of its layers in float."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All that can be kept in float, in the order of computation."""

    def build(self, keep: frozenset[str]) -> bytes:
        """Make the file; `keep` names operators that go on computing in float32."""


class TfliteMixer:
    """Of a Keras twin, for LiteRT."""

    def __init__(self, twin: "keras.Model", representative: NDArray[np.uint8]) -> None:
        """Measure the ranges on uint8 images (n, h, w, c)."""
        self._measured = measured_tflite(twin, representative)
        self.layers = layers_of(
            _tflite_operators(self._measured), moving=_MOVING_TFLITE, idle=_IDLE_TFLITE
        )

    def build(self, keep: frozenset[str]) -> bytes:
        """Make the file; see `Mixer`."""
        return quantized_tflite(self._measured, sorted(keep))


class OnnxMixer:
    """Of a float32 ONNX file, for onnxruntime."""

    def __init__(self, model: bytes, representative: NDArray[np.uint8]) -> None:
        """Take the file of `to_onnx`, and uint8 images (n, h, w, c) for the ranges."""
        self._model, self._representative = model, representative
        self._ranges = b""  # what the quantizer keeps in a file from one call to the next
        self.layers = layers_of(_onnx_operators(model), moving=_MOVING_ONNX, idle=_IDLE_ONNX)

    def build(self, keep: frozenset[str]) -> bytes:
        """Make the file; see `Mixer`."""
        with tempfile.TemporaryDirectory() as folder:
            ranges = Path(folder) / "ranges.json"
            if self._ranges:
                ranges.write_bytes(self._ranges)
            model = quantize_onnx(
                self._model, self._representative, keep=sorted(keep), ranges=ranges
            )
            if ranges.is_file():
                self._ranges = ranges.read_bytes()
        return model


def _tflite_operators(model: bytes) -> list[Operator]:
    """All that give floats; the others compute shapes."""
    from ai_edge_litert import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    kinds = {code: kind for kind, code in vars(schema.BuiltinOperator).items() if kind.isupper()}
    graph = tree.subgraphs[0]

    def names(tensors: NDArray[np.int32]) -> tuple[str, ...]:
        return tuple(graph.tensors[tensor].name.decode() for tensor in tensors if tensor >= 0)

    operators = []
    for operator in graph.operators:
        code = tree.operatorCodes[operator.opcodeIndex]
        if graph.tensors[operator.outputs[0]].type != schema.TensorType.FLOAT32:
            continue
        # Codes above 127 stand in the newer of the two fields.
        kind = kinds[max(code.builtinCode, code.deprecatedBuiltinCode)]
        results = names(operator.outputs)
        operators.append(Operator(results[0], kind, names(operator.inputs), results))
    return operators


def _onnx_operators(model: bytes) -> list[Operator]:
    """All that give floats; the others compute shapes."""
    import onnx

    graph = onnx.load_from_string(model).graph
    floats = {
        tensor.name
        for tensor in (*graph.value_info, *graph.output)
        if tensor.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    }
    return [
        Operator(node.name, node.op_type, tuple(node.input), tuple(node.output))
        for node in graph.node
        if node.output[0] in floats
    ]
