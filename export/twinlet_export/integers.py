"""Kernels and biases of an ONNX graph as integers, where its activations have ranges already."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet_export.aware.kernels import LARGEST, LARGEST_DEPTHWISE

if TYPE_CHECKING:
    import onnx

# x86 processors without VNNI multiply unsigned activations with signed weights and add two
# products in 16 bits: 2 * 255 * 127 does not fit and is cut off without a word, 2 * 255 * 63 does.
# onnxruntime's depthwise kernels add in 32 bits. (Tuning rounds to the same; see `aware.kernels`.)
_MOVED = (
    *("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Pad"),
    *("MaxPool", "GlobalMaxPool"),
)
_BIAS_LIMIT = 2.0**30  # half of what the sum of all products has; the other half is theirs


def store_integers(model: "onnx.ModelProto") -> int:
    """Round kernels and biases of convolutions and dense layers, in place.

    Kernels to int8 with a scale for each output channel, symmetric, as QuantizeLinear pairs have
    them; biases to int32 on the steps of the products they are added to (ONNX QLinearConv).

    Args:
        model: Float32, with a QuantizeLinear and a DequantizeLinear wherever an activation is
            rounded. Operators whose input is not stay as they are.

    Returns:
        How many operators got integers.
    """
    graph = _Graph(model)
    changed = 0
    for node in [node for node in model.graph.node if node.op_type in ("Conv", "MatMul")]:
        step = graph.step_of(node.input[0])
        kernel = graph.value(node.input[1])
        if step is None or kernel is None:
            continue
        graph.round_operator(node, kernel, step)
        changed += 1
    graph.finish()
    return changed


def largest_of(node: "onnx.NodeProto", kernel: NDArray[np.float32]) -> int:
    """The largest integer of a weight that onnxruntime's kernels take without overflow."""
    groups = next((one.i for one in node.attribute if one.name == "group"), 1)
    depthwise = node.op_type == "Conv" and groups > 1 and kernel.shape[1] == 1
    return LARGEST_DEPTHWISE if depthwise else LARGEST


class _Graph:
    """The look-ups that rounding needs, and the new nodes."""

    def __init__(self, model: "onnx.ModelProto") -> None:
        self._graph = model.graph
        self._constants = {constant.name: constant for constant in model.graph.initializer}
        self._sources = {name: node for node in model.graph.node for name in node.output}

    def value(self, name: str) -> NDArray[np.float32] | None:
        """A constant."""
        from onnx import numpy_helper

        if name not in self._constants:
            return None
        return np.asarray(numpy_helper.to_array(self._constants[name]))

    def step_of(self, name: str) -> float | None:
        """The scale of a rounded tensor, however it was moved since; None of one that is not."""
        node = self._sources.get(name)
        while node is not None and node.op_type in _MOVED:
            node = self._sources.get(node.input[0])
        if node is None or node.op_type != "DequantizeLinear":
            return None
        scale = self.value(node.input[1])
        return None if scale is None else float(scale)

    def round_operator(self, node: Any, kernel: NDArray[np.float32], step: float) -> None:
        """Give an operator integers to read; `step` is the scale of its other input."""
        axis = 0 if node.op_type == "Conv" else kernel.ndim - 1
        together = tuple(other for other in range(kernel.ndim) if other != axis)
        most = largest_of(node, kernel)
        scale = np.abs(kernel).max(axis=together) / most
        bias = self.value(node.input[2]) if len(node.input) > 2 else None
        if bias is not None:  # a channel of next to nothing, with a bias that is not
            scale = np.maximum(scale, np.abs(bias) / (_BIAS_LIMIT * step))
        scale = np.where(scale > 0.0, scale, 1.0).astype(np.float32)
        spread = scale.reshape([-1 if place == axis else 1 for place in range(kernel.ndim)])
        whole = np.rint(kernel / spread).clip(-most, most).astype(np.int8)
        node.input[1] = self._stored(node, "kernel", whole, scale, axis=axis)
        if bias is not None:
            steps = (scale * np.float32(step)).astype(np.float32)
            whole32 = np.rint(bias / steps.astype(np.float64)).astype(np.int32)
            node.input[2] = self._stored(node, "bias", whole32, steps, axis=0)

    def finish(self) -> None:
        """Remove constants nobody reads any more."""
        read = {name for node in self._graph.node for name in node.input}
        for constant in list(self._graph.initializer):
            if constant.name not in read:
                self._graph.initializer.remove(constant)

    def _stored(
        self, node: Any, kind: str, whole: NDArray[Any], scale: NDArray[np.float32], *, axis: int
    ) -> str:
        from onnx import helper, numpy_helper

        name = f"{node.output[0]}/{kind}"
        constants = {"integers": whole, "scale": scale, "zero": np.zeros(len(scale), whole.dtype)}
        for end, constant in constants.items():
            self._graph.initializer.append(numpy_helper.from_array(constant, f"{name}_{end}"))
        inputs = [f"{name}_{end}" for end in constants]
        rounded = helper.make_node("DequantizeLinear", inputs, [name], name=name, axis=axis)
        self._graph.node.insert(list(self._graph.node).index(node), rounded)
        return name
