"""Training: from labelled images to one embedding twin.

`distances`, `mining` and `losses` are usable in anybody's own `model.fit`.
"""

from twinlet_train.config import TrainConfig
from twinlet_train.run import Run, load_run, load_twin

__all__ = ["Run", "TrainConfig", "load_run", "load_twin"]
