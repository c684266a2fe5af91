"""The ONNX file in float32, in a form that also quantizes well; and one that has learnt to."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twinlet_export.folding import fold_scale_and_shift
from twinlet_export.freezing import OUTPUT, frozen, frozen_module
from twinlet_export.integers import store_integers
from twinlet_export.quiet import quiet_converters
from twinlet_export.reshapes import drop_idle_reshapes
from twinlet_export.settings import ONNX_IR_VERSION, ONNX_OPSET
from twinlet_export.storing import share_constants

if TYPE_CHECKING:
    import keras
    import onnx

# Says to another converter what steps a kernel is on; `store_integers` finds them.
_NAMED = "FakeQuantWithMinMaxVarsPerChannel"


def to_onnx(twin: "keras.Model") -> bytes:
    """Convert a twin.

    `tf2onnx.convert.from_keras` reads attributes that Keras 3 no longer has (tensorflow-onnx
    issue 2348), so the conversion starts from the traced function.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).

    Returns:
        An ONNX file from "pixels" uint8 (n, h, w, c), any n, to "embedding" float32 (n, d).
    """
    return packed(_converted(frozen_module(twin)))


def aware_to_onnx(embed: Callable[[Any], Any], shape: tuple[int, ...]) -> bytes:
    """Convert a network whose layers carry the ranges they learnt: static int8, QuantizeLinear.

    No images give ranges here: activations are rounded where, and as, tuning rounded them.

    Args:
        embed: Uint8 (n, h, w, c) to float32 (n, d), with simulated quantization inside.
        shape: (h, w, c).

    Returns:
        The file; see `to_onnx` and `store_integers`.
    """
    model = _converted(frozen(embed, shape))
    store_integers(model)
    share_constants(model)
    return packed(model)


def packed(model: "onnx.ModelProto") -> bytes:
    """Complete the shapes, check, and serialise."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(inferred, full_check=True)
    serialised: bytes = inferred.SerializeToString()
    return serialised


def _converted(module: Any) -> "onnx.ModelProto":
    import tf2onnx

    serve = module.serve
    with quiet_converters():
        model, _ = tf2onnx.convert.from_function(
            serve,
            input_signature=serve.input_signature,
            opset=ONNX_OPSET,
            custom_op_handlers={_NAMED: (_as_it_is, [])},
        )
    model.ir_version = ONNX_IR_VERSION
    _name_sizes(model, int(serve.get_concrete_function().structured_outputs[OUTPUT].shape[-1]))
    drop_idle_reshapes(model)
    fold_scale_and_shift(model)
    return model


def _name_sizes(model: "onnx.ModelProto", size: int) -> None:
    """Call the free dimension of input and output the same, and pin the embedding size."""
    for tensor in (model.graph.input[0], model.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "n"
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = size


def _as_it_is(graph: Any, node: Any, *_: Any) -> None:
    """Let an operator of tf2onnx's graph give its first input."""
    node.type = "Identity"
    graph.replace_inputs(node, node.input[:1])
    for name in list(node.attr):
        del node.attr[name]
