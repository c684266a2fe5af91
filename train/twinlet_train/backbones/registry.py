"""The backbones by the names a configuration gives."""

from twinlet.errors import InvalidInputError
from twinlet_train.backbones import (
    dense,
    efficientnet_lite,
    mobilenet_v2,
    mobilenet_v3,
    resnet_small,
    small,
    tiny,
)
from twinlet_train.backbones.backbone import Backbone
from twinlet_train.backbones.imported import imported_backbone

BACKBONES = {
    "mobilenetv2": Backbone(mobilenet_v2.mobilenet_v2, mobilenet_v2.HALVINGS, mobilenet_v2.READY),
    "mobilenetv3-small": Backbone(
        mobilenet_v3.mobilenet_v3_small, mobilenet_v3.HALVINGS, mobilenet_v3.READY_SMALL
    ),
    "mobilenetv3-large": Backbone(
        mobilenet_v3.mobilenet_v3_large, mobilenet_v3.HALVINGS, mobilenet_v3.READY_LARGE
    ),
    "efficientnet-lite0": Backbone(
        efficientnet_lite.efficientnet_lite0, efficientnet_lite.HALVINGS
    ),
    "resnet-small": Backbone(resnet_small.resnet_small, resnet_small.HALVINGS, rounds_down=True),
    "small": Backbone(small.small, small.HALVINGS, rounds_down=True),
    "tiny": Backbone(tiny.tiny, tiny.HALVINGS),
    "dense": Backbone(dense.dense, dense.HALVINGS),
}


def chosen_backbone(name: str) -> Backbone:
    """Look a backbone up by the name a configuration gives.

    Args:
        name: A key of `BACKBONES`, or "module:function" for the user's own; see
            `imported_backbone`.

    Raises:
        InvalidInputError: There is none of that name.
    """
    if ":" in name:
        return imported_backbone(name)
    if name not in BACKBONES:
        raise InvalidInputError(
            f"unknown model.backbone {name!r}; expected one of {', '.join(BACKBONES)}, or your "
            f"own as MODULE:FUNCTION"
        )
    return BACKBONES[name]
