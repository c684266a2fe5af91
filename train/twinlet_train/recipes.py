"""The two recipes: what is fitted, on which batches, and what decides which epoch is best."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet.errors import InvalidInputError
from twinlet_train.backbones import chosen_backbone, chosen_options
from twinlet_train.batches import fixed_triplets
from twinlet_train.config import TrainConfig
from twinlet_train.data import LabelledImages, Selected
from twinlet_train.parallel import ALONE, Group
from twinlet_train.splits import Splits

if TYPE_CHECKING:
    import keras

VALIDATION_TRIPLETS = 1500
MOST_TRIPLETS = 500_000_000  # of a batch, for mining that looks at all: 790 images, some 10 GB
LOOKS_AT_PAIRS = "batch-hard"  # the one mining that does not
FALLING = ("val_loss", "val_eer", "val_fnmr")


@dataclass(frozen=True)
class Recipe:
    """A compiled model around the twin with its data."""

    model: "keras.Model"  # owns the weights and the optimizer that are saved
    side: int  # in pixels, of the twin's images, the shorter one
    at_size: Callable[[int], "keras.Model"]  # the same, compiled, behind smaller images
    dataset: Any  # of `datasets`: has start(epoch), epoch, images_per_epoch
    validation: Any  # for `fit(validation_data=...)`, or None
    monitor: str  # key of the epoch's logs that decides

    @property
    def rising(self) -> bool:
        """Whether more of the monitored number is better."""
        return self.monitor not in FALLING


def prepare(
    config: TrainConfig,
    twin: "keras.Model",
    data: LabelledImages,
    splits: Splits,
    group: Group = ALONE,
) -> Recipe:
    """Compile a twin for training by the recipe the configuration names."""
    _check_unused(config)
    if config.fit.recipe == "online":
        return _online(config, twin, data, splits, group)
    if group.count > 1:
        raise InvalidInputError(
            f"fit.recipe=fixed trains in one process, got {group.count}; set fit.recipe=online"
        )
    return _fixed(config, twin, data, splits)


def _fixed(
    config: TrainConfig, twin: "keras.Model", data: LabelledImages, splits: Splits
) -> Recipe:
    """The reference recipe: triplets drawn once, named inputs, stopping on validation loss."""
    from twinlet_train import losses, siamese
    from twinlet_train.datasets import PairData, TripletData
    from twinlet_train.distances import chosen_distance
    from twinlet_train.optimizers import compile_for

    fit, loss = config.fit, config.loss
    kind: type[TripletData]
    if loss.name == "triplet":
        network = siamese.triplet_network(
            twin,
            margin=loss.margin or siamese.TRIPLET_MARGIN,
            distance=loss.distance or siamese.TRIPLET_DISTANCE,
        )
        kind, criterion = TripletData, losses.identity_loss
    elif loss.name == "contrastive":
        distance = loss.distance or siamese.PAIR_DISTANCE
        network = siamese.pair_network(twin, distance=distance)
        margin = loss.margin or siamese.PAIR_MARGIN
        chosen_distance(distance, margin)  # refuses a margin beyond it
        kind, criterion = PairData, losses.PairContrastiveLoss(margin)
    else:
        raise InvalidInputError(
            f"fit.recipe=fixed takes loss.name triplet or contrastive, got {loss.name}; set "
            f"fit.recipe=online"
        )

    def drawn(indices: Any, count: int, seed: int) -> TripletData:
        rows = fixed_triplets(data.labels[indices], count, seed=seed)
        return kind(data.images, indices[rows], batch=fit.batch, seed=fit.seed)

    compile_for(network, criterion, fit)
    return Recipe(
        network,
        min(data.images.shape[1:3]),
        lambda side: network,
        drawn(splits.train, fit.triplets, fit.seed),
        drawn(splits.validation, min(VALIDATION_TRIPLETS, fit.triplets), fit.seed + 1),
        monitor="val_loss" if fit.monitor == "auto" else fit.monitor,
    )


# Settings that a recipe has no use for, by table.
_UNUSED: dict[str, dict[str, tuple[str, ...]]] = {
    "fixed": {
        "augment": ("flip", "shift", "erase", "light"),
        "loss": ("scale", "mining", "soft", "teacher"),
        "fit": ("start_size", "classes_per_batch", "samples_per_class"),
    },
    "online": {"fit": ("triplets", "batch")},
}


def _check_unused(config: TrainConfig) -> None:
    """Refuse settings that the recipe would not heed."""
    recipe = config.fit.recipe
    other = "online" if recipe == "fixed" else "fixed"
    for table, names in _UNUSED[recipe].items():
        section = getattr(config, table)
        for name in names:
            value = getattr(section, name)
            if value != getattr(type(section), name):
                raise InvalidInputError(
                    f"fit.recipe={recipe} takes no {table}.{name}, got {value}; leave it out, or "
                    f"set fit.recipe={other}"
                )


def _check_sizes(config: TrainConfig, data: LabelledImages) -> None:
    """Refuse changes that vectors cannot bear, and sizes in pixels that images cannot have."""
    if config.augment.flip and data.contract.is_vector:
        raise InvalidInputError(
            "augment.flip mirrors images left to right, got vectors, whose numbers have places of "
            "their own; leave it out"
        )
    side = min(data.images.shape[1:3])
    for table, name in (("augment", "shift"), ("augment", "erase"), ("fit", "start_size")):
        value = getattr(getattr(config, table), name)
        if value >= side:
            raise InvalidInputError(
                f"{table}.{name} must be below the {side} pixels that images have here, got {value}"
            )


def _check_triplets(mining: str, images: int) -> None:
    """Refuse a batch whose triplets, all of them, no memory holds: the system kills such a run."""
    if mining and mining != LOOKS_AT_PAIRS and images**3 > MOST_TRIPLETS:
        raise InvalidInputError(
            f"loss.mining={mining} looks at every triplet of a batch, {images**3:.1e} of {images} "
            f"images, at most {MOST_TRIPLETS:.0e} are expected; lower fit.classes_per_batch or "
            f"fit.samples_per_class, or set loss.mining={LOOKS_AT_PAIRS}"
        )


def _online(
    config: TrainConfig,
    twin: "keras.Model",
    data: LabelledImages,
    splits: Splits,
    group: Group,
) -> Recipe:
    """Batches of P classes x K samples, each image embedded once, stopping on verification."""
    from twinlet_train.datasets import BalancedData
    from twinlet_train.imitating import teacher_embeddings
    from twinlet_train.objectives import make_loss, trained_loss, trained_model
    from twinlet_train.optimizers import compile_for
    from twinlet_train.stages import at_size

    fit, full = config.fit, min(data.images.shape[1:3])
    _check_sizes(config, data)
    backbone = chosen_backbone(config.model.backbone)
    if fit.start_size and not backbone.own and not backbone.halvings:
        raise InvalidInputError(
            f"{config.model.backbone} takes images of one size only, got fit.start_size="
            f"{fit.start_size}; leave it at 0"
        )
    smallest = backbone.smallest(chosen_options(config.model, full))
    if 0 < fit.start_size < smallest:
        raise InvalidInputError(
            f"fit.start_size must be 0 or at least {smallest}, the smallest image that "
            f"{config.model.backbone} takes here, got {fit.start_size}"
        )
    names, numbers = np.unique(data.labels[splits.train], return_inverse=True)
    images, targets = Selected(data.images, splits.train), None
    if config.loss.teacher:
        targets = teacher_embeddings(config.loss.teacher, data, splits.train)
    dataset = BalancedData(images, numbers, fit, config.augment, group=group, targets=targets)
    images_each = dataset.images_per_epoch // len(dataset)
    _check_triplets(getattr(make_loss(config.loss), "mining", ""), images_each)
    model = trained_model(twin, config.loss, classes=len(names), seed=fit.seed)
    loss = trained_loss(config.loss, config.model.embedding)
    compile_for(model, loss, fit)
    made = {full: model}

    def at(side: int) -> "keras.Model":
        if side not in made:
            made[side] = at_size(model, side)
            compile_for(made[side], loss, fit, optimizer=model.optimizer)
        return made[side]

    if backbone.own and fit.start_size:
        try:
            at(fit.start_size)
        except ValueError as error:
            raise InvalidInputError(
                f"{config.model.backbone} cannot be built for images of fit.start_size="
                f"{fit.start_size}: {error}"
            ) from error
    return Recipe(
        model,
        full,
        at,
        dataset,
        None,
        monitor="val_auc" if fit.monitor == "auto" else fit.monitor,
    )
