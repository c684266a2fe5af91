"""Online triplets: which (anchor, positive, negative) of a batch count, and their penalty.

Every miner takes the distances (n, n) and the labels (n,) of one batch, so that each image is
embedded once a step and still meets every other, and a penalty (see `penalties`); it gives the
mean penalty of the triplets it chose, 0 when there is none. A miner never chooses NaN: the losses
look for it.
"""

from collections.abc import Callable
from typing import Any

from twinlet_train.mining.batch_all import batch_all
from twinlet_train.mining.batch_hard import batch_hard
from twinlet_train.mining.distance_weighted import distance_weighted
from twinlet_train.mining.pairs import masks
from twinlet_train.mining.penalties import Penalty, hinge, soft_margin
from twinlet_train.mining.semi_hard import semi_hard

Miner = Callable[[Any, Any, Penalty], Any]

MINERS: dict[str, Miner] = {
    "batch-all": batch_all,
    "semi-hard": semi_hard,
    "batch-hard": batch_hard,
    "distance-weighted": distance_weighted,
}

__all__ = [
    "MINERS",
    "Miner",
    "Penalty",
    "batch_all",
    "batch_hard",
    "distance_weighted",
    "hinge",
    "masks",
    "semi_hard",
    "soft_margin",
]
