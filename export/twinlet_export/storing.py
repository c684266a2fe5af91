"""Store the weights of an ONNX file in fewer bytes; engines widen them once, when they load it.

Casts and multiplications of constants are folded by every engine before the first run
(onnxruntime's basic optimisations do), so that the file computes in float32 and takes the time
of the float32 file. A DequantizeLinear in their place is kept for integer kernels and done anew
in every run: seven times slower on MobileNetV2 at 32 px.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

LARGEST_HALF = 65504.0
INT8_STEPS = 127  # to each side of zero


def store_halves(model: "onnx.ModelProto") -> int:
    """Store every float32 array of two or more axes as float16, in place.

    Arrays with values no half can hold stay as they are, and so do biases.

    Returns:
        How many arrays are halves now.
    """
    from onnx import TensorProto, helper, numpy_helper

    widened = []
    for constant, values in _matrices(model):
        if np.abs(values).max(initial=0.0) > LARGEST_HALF:
            continue
        name = f"{constant.name}/half"
        cast = helper.make_node("Cast", [name], [constant.name], name, to=TensorProto.FLOAT)
        _replace(model, constant, [numpy_helper.from_array(values.astype(np.float16), name)])
        widened.append(cast)
    _put_first(model, widened)
    return len(widened)


def store_bytes(model: "onnx.ModelProto") -> int:
    """Store the weights of every convolution as int8 with a scale for each output channel.

    `weight = scale * byte`, scale = largest absolute weight of the channel / 127, as in the
    symmetric scheme of Krishnamoorthi 2018 (arXiv:1806.08342, section 3.1.2); in place.

    Returns:
        How many convolutions have int8 weights now.
    """
    from onnx import TensorProto, helper, numpy_helper

    kernels = {node.input[1] for node in model.graph.node if node.op_type == "Conv"}
    widened = []
    for constant, values in _matrices(model):
        if constant.name not in kernels:
            continue
        name = constant.name
        scales = np.abs(values).reshape(len(values), -1).max(axis=1) / INT8_STEPS
        scales = np.where(scales > 0.0, scales, 1.0).astype(np.float32)
        scales = scales.reshape(-1, *[1] * (values.ndim - 1))
        steps = np.rint(values / scales).astype(np.int8)
        _replace(
            model,
            constant,
            [
                numpy_helper.from_array(steps, f"{name}/int8"),
                numpy_helper.from_array(scales, f"{name}/scale"),
            ],
        )
        widened += [
            helper.make_node(
                "Cast", [f"{name}/int8"], [f"{name}/steps"], f"{name}/steps", to=TensorProto.FLOAT
            ),
            helper.make_node("Mul", [f"{name}/steps", f"{name}/scale"], [name], f"{name}/weight"),
        ]
    _put_first(model, widened)
    return len(widened) // 2


def share_constants(model: "onnx.ModelProto") -> int:
    """Keep one of constants that are the same vector or number, in place: zero points mostly.

    Returns:
        How many are gone.
    """
    kept: dict[bytes, str] = {}
    renamed: dict[str, str] = {}
    for constant in list(model.graph.initializer):
        if len(constant.dims) > 1:
            continue
        nameless = type(constant)()
        nameless.CopyFrom(constant)
        nameless.name = ""
        first = kept.setdefault(nameless.SerializeToString(deterministic=True), constant.name)
        if first != constant.name:
            renamed[constant.name] = first
            model.graph.initializer.remove(constant)
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = renamed.get(name, name)
    return len(renamed)


def _matrices(model: "onnx.ModelProto") -> Iterator[tuple[Any, NDArray[np.float32]]]:
    """The float32 constants of two axes or more, with their values."""
    from onnx import TensorProto, numpy_helper

    for constant in list(model.graph.initializer):
        if constant.data_type == TensorProto.FLOAT and len(constant.dims) >= 2:
            yield constant, numpy_helper.to_array(constant)


def _replace(model: "onnx.ModelProto", old: Any, new: list[Any]) -> None:
    model.graph.initializer.remove(old)
    model.graph.initializer.extend(new)


def _put_first(model: "onnx.ModelProto", nodes: list[Any]) -> None:
    """Nodes stand in the order in which they are computed."""
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
