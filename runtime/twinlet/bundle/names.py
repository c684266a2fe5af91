"""The model files a bundle may hold: their fixed names and what each name means."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileKind:
    """What the name of a file promises."""

    format: str  # "tflite" or "onnx"
    precision: str  # "fp32", "fp16", "dynamic", "int8", "int8-qat", "pruned" or "clustered"
    engine: str  # see `twinlet.backends.ENGINES`
    path: str  # entry of the bundle


def _kind(name: str) -> FileKind:
    family, _, precision = name.partition("-")
    if family == "litert":
        return FileKind("tflite", precision, "litert", f"files/{name}.tflite")
    return FileKind("onnx", precision, "onnxruntime", f"files/{name}.onnx")


FILE_NAMES: dict[str, FileKind] = {
    name: _kind(name)
    for name in (
        "litert-fp32",
        "litert-fp16",
        "litert-dynamic",
        "litert-int8",
        "litert-int8-qat",
        "litert-pruned",
        "litert-clustered",
        "onnx-fp32",
        "onnx-fp16",
        "onnx-dynamic",
        "onnx-int8",
        "onnx-int8-qat",
    )
}
