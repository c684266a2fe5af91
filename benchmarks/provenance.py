"""Where a result comes from: machine, versions, date."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "twinlet",
    "tensorflow",
    "keras",
    "jax",
    "onnxruntime",
    "ai-edge-litert",
    "tf2onnx",
    "onnx",
    "numpy",
)

# The widest first, as Linux names them.
VECTORS = ("amx_tile", "avx512_bf16", "avx512_vnni", "avx512f", "avx2", "sve", "asimd")


def provenance() -> dict[str, Any]:
    """Describe this machine and installation, today."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {
            "system": platform.system(),
            "processor": _cpuinfo("model name") or platform.processor() or platform.machine(),
            "vectors": _vectors(),
            "cores": os.cpu_count(),
        },
        "versions": versions(PACKAGES),
    }


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Versions of Python and of packages of this interpreter."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _vectors() -> str:
    """The widest vector instructions: virtual machines of one name differ in them, and in speed."""
    flags = {*(_cpuinfo("flags") or _cpuinfo("Features")).split()}
    return next((known for known in VECTORS if known in flags), "unknown")


def _cpuinfo(key: str) -> str:
    """What Linux says of the first core; "" elsewhere."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return ""
