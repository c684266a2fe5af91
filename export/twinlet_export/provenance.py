"""Where a bundle comes from: enough to make it again."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from twinlet_export.ground import Ground
from twinlet_export.origin import Origin

_PACKAGES = (
    "twinlet",
    "tensorflow",
    "keras",
    "tensorflow-model-optimization",
    "tf_keras",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "ai-edge-litert",
    "numpy",
)


def provenance(origin: Origin, ground: Ground) -> dict[str, Any]:
    """Collect the record of one export.

    Returns:
        JSON types only; no path of this machine but the data spec as it was typed.
    """
    from twinlet_train.data.sketch import Sketch

    parts = origin.splits
    seen = np.concatenate([parts.train, parts.validation, parts.calibration])
    return {
        "data": origin.data.spec,
        "data_fingerprint": origin.data.fingerprint,
        # By which `evaluate` and `calibrate` know images that say nothing of new ones.
        "seen": Sketch.of(origin.data.digests[seen]).to_json(),
        "classes": list(origin.data.class_names),
        "unreadable": len(origin.data.unreadable),
        "protocol": ground.source.protocol,
        "images": {
            "calibration": len(ground.calibration.labels),
            "test": len(ground.test.labels),
        },
        "seed": origin.seed,
        "representative": ground.representative.indices.tolist(),
        "probes": ground.probes.indices.tolist(),
        "config": dict(origin.config),
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
