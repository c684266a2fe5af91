"""Softmax over class cosines with a margin: CosFace and ArcFace."""

import math
from typing import Any

import keras
from keras import ops

from twinlet.errors import InvalidInputError
from twinlet_train.losses.base import positive
from twinlet_train.losses.proxies import ProxyLoss, own_class

COSINE_LIMIT = 1.0 - 1e-6  # where the sine's gradient is still finite


class MarginSoftmaxLoss(ProxyLoss):
    """Cross-entropy of `scale * cos`, the own class's cosine made smaller by a margin first.

    `y_true` and `y_pred` are those of `ProxyLoss`.
    """

    def with_margin(self, cosines: Any) -> Any:
        """What stands in for the own class's cosines (n, C), elementwise."""
        raise NotImplementedError

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the mean over the images of one batch."""
        own = own_class(y_true, y_pred)
        logits = self.scale * ops.where(own, self.with_margin(y_pred), y_pred)
        target = ops.sum(ops.where(own, logits, ops.zeros_like(logits)), axis=-1)
        return ops.mean(ops.logsumexp(logits, axis=-1) - target)


@keras.saving.register_keras_serializable("twinlet")
class CosFaceLoss(MarginSoftmaxLoss):
    """Wang et al. 2018 (arXiv:1801.09414), eq. 4: `cos - margin`; margin 0 is plain softmax."""

    def __init__(
        self, scale: float = 30.0, margin: float = 0.35, name: str = "cosface_loss"
    ) -> None:
        """Keep the scale, above 0, and the margin in units of cosine, in [0, 2)."""
        super().__init__(name, scale=scale, margin=margin)
        positive(scale=scale)
        if not 0.0 <= margin < 2.0:
            raise InvalidInputError(f"CosFace's margin must lie in [0, 2), got {margin:g}")

    def with_margin(self, cosines: Any) -> Any:
        """`cos - margin`."""
        return cosines - self.margin


@keras.saving.register_keras_serializable("twinlet")
class ArcFaceLoss(MarginSoftmaxLoss):
    """Deng et al. 2019 (arXiv:1801.07698), eq. 3: `cos(angle + margin)`.

    Beyond `pi - margin`, where that would rise again, `cos - margin sin(margin)` goes on, as in
    the authors' code: the loss stays monotone in the angle.
    """

    def __init__(
        self, scale: float = 30.0, margin: float = 0.5, name: str = "arcface_loss"
    ) -> None:
        """Keep the scale, above 0, and the margin in radians, in [0, pi/2)."""
        super().__init__(name, scale=scale, margin=margin)
        positive(scale=scale)
        if not 0.0 <= margin < math.pi / 2:
            raise InvalidInputError(f"ArcFace's margin must lie in [0, pi/2), got {margin:g}")

    def with_margin(self, cosines: Any) -> Any:
        """`cos(angle + margin)` by the addition theorem: no arccos, whose gradient has poles."""
        clipped = ops.clip(cosines, -COSINE_LIMIT, COSINE_LIMIT)
        sine = ops.sqrt(1.0 - ops.square(clipped))
        turned = clipped * math.cos(self.margin) - sine * math.sin(self.margin)
        beyond = cosines - self.margin * math.sin(self.margin)
        return ops.where(cosines > -math.cos(self.margin), turned, beyond)
