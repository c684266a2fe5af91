"""Reshapes of an ONNX graph that change no shape."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import onnx

FREE = -1  # the one dimension of a target that follows from the others


def drop_idle_reshapes(model: "onnx.ModelProto") -> int:
    """Remove reshapes to the shape that is there already, in place.

    Where an image is down to one pixel, tf2onnx writes its change from channels last to channels
    first and back as reshapes. With ranges between two of them it cannot join them, and each one
    stands between a convolution and what would be folded into it.

    Returns:
        How many went away.
    """
    import onnx
    from onnx import numpy_helper

    graph = model.graph
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in onnx.shape_inference.infer_shapes(model).graph.value_info
    }
    targets = {constant.name: constant for constant in graph.initializer}
    results = {output.name for output in graph.output}
    dropped = 0
    for node in list(graph.node):
        if node.op_type != "Reshape" or node.input[1] not in targets or node.output[0] in results:
            continue
        target = np.asarray(numpy_helper.to_array(targets[node.input[1]])).tolist()
        if _stays(shapes.get(node.input[0], []), target):
            _bypass(graph, node)
            dropped += 1
    return dropped


def _stays(shape: list[int], target: list[int]) -> bool:
    """Whether a shape is the target; all but the first dimension, which is free, are fixed."""
    fixed = target[1:]
    return len(shape) > 1 and target[0] == FREE and shape[1:] == fixed and min(fixed) > 0


def _bypass(graph: Any, node: Any) -> None:
    for reader in graph.node:
        for place, name in enumerate(reader.input):
            if name == node.output[0]:
                reader.input[place] = node.input[0]
    graph.node.remove(node)
