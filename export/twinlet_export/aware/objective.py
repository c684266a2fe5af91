"""The loss a twin was trained with, for a network of another Keras."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlet_export.embedding import twin_templates
from twinlet_train.data import Selected

if TYPE_CHECKING:
    import keras

    from twinlet_train.config import TrainConfig
    from twinlet_train.data import LabelledImages
    from twinlet_train.splits import Indices

HEAD_IMAGES = 50  # of each class, whose mean gives the class's first direction
Embed = Callable[[Any], Any]  # uint8 pixels (n, h, w, c) to raw embeddings (n, d)


@dataclass(frozen=True)
class Objective:
    """Batches, and the loss of one of them."""

    dataset: Any  # of `twinlet_train.datasets`: has start(epoch), a length and items
    loss: Callable[[Embed, Any, Any], Any]  # of how to embed, inputs and targets: a scalar
    weights: Sequence[Any] = field(default=())  # what is learnt besides the network


def objective(
    config: "TrainConfig", twin: "keras.Model", data: "LabelledImages", train: "Indices"
) -> Objective:
    """Take up the loss, batches and augmentation that the twin was trained with.

    A twin that imitated a teacher imitates itself now: what it took over is in it. The class
    head of a proxy loss was dropped with training; its directions start as the classes' means.

    Args:
        config: Of the run.
        twin: Trained.
        data: Its data.
        train: Images that trained it; no others are used.
    """
    make = _online if config.fit.recipe == "online" else _fixed
    return make(config, twin, data, train)


def _online(
    config: "TrainConfig", twin: "keras.Model", data: "LabelledImages", train: "Indices"
) -> Objective:
    from keras import ops

    from twinlet_train.datasets import BalancedData
    from twinlet_train.losses import PROXY_LOSSES
    from twinlet_train.objectives import trained_loss

    names, numbers = np.unique(data.labels[train], return_inverse=True)
    images = Selected(data.images, train)
    targets = twin_templates(twin, images) if config.loss.teacher else None
    dataset = BalancedData(images, numbers, config.fit, config.augment, targets=targets)
    criterion = trained_loss(config.loss, config.model.embedding)
    if config.loss.name not in PROXY_LOSSES:
        return Objective(dataset, lambda embed, x, y: criterion(y, embed(x)))
    head = _head(twin, data, train, numbers, classes=len(names))

    def with_head(embed: Embed, x: Any, y: Any) -> Any:
        embeddings = embed(x)
        cosines = head(embeddings)
        if targets is None:
            return criterion(y, cosines)
        return criterion(y, ops.concatenate([embeddings, cosines], axis=1))

    return Objective(dataset, with_head, [weight.value for weight in head.trainable_weights])


def _head(
    twin: "keras.Model",
    data: "LabelledImages",
    train: "Indices",
    numbers: NDArray[np.int64],
    *,
    classes: int,
) -> Any:
    from twinlet_train.heads import CosineHead

    chosen = np.concatenate(
        [np.flatnonzero(numbers == number)[:HEAD_IMAGES] for number in range(classes)]
    )
    templates = twin_templates(twin, Selected(data.images, train[chosen]))
    means = [templates[numbers[chosen] == number].mean(axis=0) for number in range(classes)]
    head = CosineHead(classes)
    head.build((None, templates.shape[1]))
    head.proxies.assign(np.stack(means))
    return head


def _fixed(
    config: "TrainConfig", twin: "keras.Model", data: "LabelledImages", train: "Indices"
) -> Objective:
    from keras import ops

    from twinlet_train import losses, siamese
    from twinlet_train.batches import fixed_triplets
    from twinlet_train.datasets import PairData, TripletData

    fit, loss = config.fit, config.loss
    rows = train[fixed_triplets(data.labels[train], fit.triplets, seed=fit.seed)]
    if loss.name == "triplet":
        layer: Any = siamese.TripletLossLayer(
            loss.margin or siamese.TRIPLET_MARGIN, loss.distance or siamese.TRIPLET_DISTANCE
        )
        names: tuple[str, ...] = siamese.TRIPLET
        kind: type[TripletData] = TripletData
    else:
        layer = siamese.DistanceLayer(loss.distance or siamese.PAIR_DISTANCE)
        names, kind = siamese.PAIR, PairData
        contrastive = losses.PairContrastiveLoss(loss.margin or siamese.PAIR_MARGIN)

    def of_fixed(embed: Embed, x: Mapping[str, Any], y: Any) -> Any:
        together = embed(ops.concatenate([x[name] for name in names], axis=0))
        answers = layer(ops.split(together, len(names), axis=0))
        return ops.mean(answers) if loss.name == "triplet" else contrastive(y, answers)

    return Objective(kind(data.images, rows, batch=fit.batch, seed=fit.seed), of_fixed)
