"""Losses for embeddings, for `model.compile(loss=...)` in anybody's own `model.fit`.

Those of `EMBEDDING_LOSSES` take identities (n,) and raw embeddings (n, d) of one batch and
compare every image with every other. Those of `PROXY_LOSSES` take class numbers 0..C-1 and the
cosines (n, C) of `heads.CosineHead`, a layer on top of the twin that is dropped afterwards.
All compute in float32, whatever the model's precision. `base.BatchLoss` says which labels can be
told apart, and why there are no weights of single images. What cannot be learnt from, NaN first
of all, makes a loss NaN.
"""

from twinlet_train.losses.contrastive import ContrastiveLoss, PairContrastiveLoss
from twinlet_train.losses.identity import identity_loss
from twinlet_train.losses.imitation import ImitationLoss
from twinlet_train.losses.margin_softmax import ArcFaceLoss, CosFaceLoss
from twinlet_train.losses.multi_similarity import MultiSimilarityLoss
from twinlet_train.losses.proxy_anchor import ProxyAnchorLoss
from twinlet_train.losses.supervised_contrastive import SupervisedContrastiveLoss
from twinlet_train.losses.triplet import OnlineTripletLoss

EMBEDDING_LOSSES = {
    "triplet": OnlineTripletLoss,
    "contrastive": ContrastiveLoss,
    "multi-similarity": MultiSimilarityLoss,
    "supervised-contrastive": SupervisedContrastiveLoss,
}
PROXY_LOSSES = {
    "proxy-anchor": ProxyAnchorLoss,
    "cosface": CosFaceLoss,
    "arcface": ArcFaceLoss,
}

__all__ = [
    "EMBEDDING_LOSSES",
    "PROXY_LOSSES",
    "ArcFaceLoss",
    "ContrastiveLoss",
    "CosFaceLoss",
    "ImitationLoss",
    "MultiSimilarityLoss",
    "OnlineTripletLoss",
    "PairContrastiveLoss",
    "ProxyAnchorLoss",
    "SupervisedContrastiveLoss",
    "identity_loss",
]
