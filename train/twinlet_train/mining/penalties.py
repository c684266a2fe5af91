"""What a triplet costs, as a function of its gap `d(anchor, positive) - d(anchor, negative)`."""

from collections.abc import Callable
from typing import Any

from keras import ops

Penalty = Callable[[Any], Any]


def hinge(margin: float) -> Penalty:
    """`max(0, gap + margin)` (Schroff et al. 2015): nothing once the margin is kept."""
    return lambda gap: ops.relu(gap + margin)


def soft_margin(gap: Any) -> Any:
    """`log(1 + exp(gap))` (Hermans et al. 2017, arXiv:1703.07737): pulls on without end."""
    return ops.softplus(gap)
