"""What a run says about where it came from."""

import os
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from twinlet_train.data import LabelledImages

PACKAGES = ("twinlet", "tensorflow", "keras", "jax", "jaxlib", "numpy", "scikit-learn", "pillow")


def describe_versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape a run."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # what is not installed had no part in the run
    return found


def describe_machine() -> dict[str, Any]:
    """The machine, as far as it explains durations."""
    import keras

    from twinlet_train.backend import accelerators

    return {
        "system": platform.system(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "backend": keras.backend.backend(),
        "devices": [str(device) for device in keras.distribution.list_devices()],
        "accelerators": accelerators(),
    }


def describe_data(data: LabelledImages) -> dict[str, Any]:
    """The data set: fingerprint, counts, what could not be read."""
    return {
        "spec": data.spec,
        "fingerprint": data.fingerprint,
        "contract": asdict(data.contract),
        "counts": data.counts,
        "unreadable": [asdict(item) for item in data.unreadable],
    }
