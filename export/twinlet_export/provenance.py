"""Where a bundle comes from: enough to make it again."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from twinlet_export.ground import Ground

if TYPE_CHECKING:
    from twinlet_train.data import LabelledImages
    from twinlet_train.run import Run

_PACKAGES = (
    "twinlet",
    "tensorflow",
    "keras",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "ai-edge-litert",
    "numpy",
)


def provenance(run: "Run", data: "LabelledImages", ground: Ground, *, seed: int) -> dict[str, Any]:
    """Collect the record of one export.

    Returns:
        JSON types only; no path of this machine but the data spec as it was typed.
    """
    return {
        "data": data.spec,
        "data_fingerprint": data.fingerprint,
        "classes": list(data.class_names),
        "unreadable": len(data.unreadable),
        "protocol": ground.source.protocol,
        "images": {
            "calibration": len(ground.calibration.labels),
            "test": len(ground.test.labels),
        },
        "seed": seed,
        "representative": ground.representative.indices.tolist(),
        "probes": ground.probes.indices.tolist(),
        "config": run.config.tables(),
        "versions": _versions(),
    }


def _versions() -> Mapping[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
