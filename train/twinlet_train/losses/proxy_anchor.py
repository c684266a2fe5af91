"""Proxy-anchor loss: one learnt proxy a class meets all images of the batch."""

from typing import Any

import keras
from keras import ops

from twinlet_train.losses.base import positive
from twinlet_train.losses.proxies import ProxyLoss, own_class
from twinlet_train.losses.sums import log_one_plus_sum
from twinlet_train.mining.pairs import mean_where


@keras.saving.register_keras_serializable("twinlet")
class ProxyAnchorLoss(ProxyLoss):
    """Kim, Kim, Cho and Kwak 2020 (arXiv:2003.13911), eq. 4.

    `mean over the classes in the batch of log(1 + sum_X+ exp(-scale (S - margin)))` plus `mean
    over all classes of log(1 + sum_X- exp(scale (S + margin)))`, S = cos(image, proxy).

    `y_true` and `y_pred` are those of `ProxyLoss`.
    """

    def __init__(
        self, scale: float = 32.0, margin: float = 0.1, name: str = "proxy_anchor_loss"
    ) -> None:
        """Keep the scale (the paper's alpha) and the margin (its delta), both above 0."""
        super().__init__(name, scale=scale, margin=margin)
        positive(scale=scale, margin=margin)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the scalar loss of one batch."""
        own = own_class(y_true, y_pred)
        pulled = log_one_plus_sum(-self.scale * (y_pred - self.margin), own, axis=0)
        pushed = log_one_plus_sum(self.scale * (y_pred + self.margin), ops.logical_not(own), axis=0)
        return mean_where(ops.any(own, axis=0), pulled) + ops.mean(pushed)
