"""The ONNX file in float32, in a form that also quantizes well."""

from typing import TYPE_CHECKING

from twinlet_export.folding import fold_scale_and_shift
from twinlet_export.freezing import frozen_module
from twinlet_export.quiet import quiet_converters
from twinlet_export.settings import ONNX_IR_VERSION, ONNX_OPSET

if TYPE_CHECKING:
    import keras
    import onnx


def to_onnx(twin: "keras.Model") -> bytes:
    """Convert a twin.

    `tf2onnx.convert.from_keras` reads attributes that Keras 3 no longer has (tensorflow-onnx
    issue 2348), so the conversion starts from the traced function.

    Args:
        twin: Uint8 (n, h, w, c) to float32 (n, d).

    Returns:
        An ONNX file from "pixels" uint8 (n, h, w, c), any n, to "embedding" float32 (n, d).
    """
    import onnx
    import tf2onnx

    serve = frozen_module(twin).serve
    with quiet_converters():
        model, _ = tf2onnx.convert.from_function(
            serve, input_signature=serve.input_signature, opset=ONNX_OPSET
        )
    fold_scale_and_shift(model)
    model.ir_version = ONNX_IR_VERSION
    _name_sizes(model, int(twin.output_shape[-1]))
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model, full_check=True)
    packed: bytes = model.SerializeToString()
    return packed


def _name_sizes(model: "onnx.ModelProto", size: int) -> None:
    """Call the free dimension of input and output the same, and pin the embedding size."""
    for tensor in (model.graph.input[0], model.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "n"
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = size
