"""The two recipes: what is fitted, on which batches, and what decides which epoch is best."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinlet_train.batches import fixed_triplets
from twinlet_train.config import TrainConfig
from twinlet_train.data import LabelledImages, Selected
from twinlet_train.splits import Splits

if TYPE_CHECKING:
    import keras

VALIDATION_TRIPLETS = 1500


@dataclass(frozen=True)
class Recipe:
    """A compiled model around the twin with its data."""

    model: "keras.Model"
    dataset: Any  # of `datasets`: has start(epoch), epoch, images_per_epoch
    validation: Any  # for `fit(validation_data=...)`, or None
    monitor: str  # key of the epoch's logs that decides
    rising: bool  # whether more of it is better


def prepare(
    config: TrainConfig, twin: "keras.Model", data: LabelledImages, splits: Splits
) -> Recipe:
    """Compile a twin for training by the recipe the configuration names."""
    return (_fixed if config.fit.recipe == "fixed" else _online)(config, twin, data, splits)


def _optimizer(config: TrainConfig, steps: int) -> "keras.optimizers.Optimizer":
    """Adam; `steps` is the length of an epoch."""
    import keras

    rate = config.fit.learning_rate
    if config.fit.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * config.fit.epochs, alpha=0.01)
    return keras.optimizers.Adam(rate)


def _jit() -> bool:
    """Whether XLA helps: on a CPU it makes MobileNetV2 six times slower, measured."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return True
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _fixed(
    config: TrainConfig, twin: "keras.Model", data: LabelledImages, splits: Splits
) -> Recipe:
    """The reference recipe: triplets drawn once, three inputs, stopping on validation loss."""
    from twinlet_train.datasets import TripletData
    from twinlet_train.losses import identity_loss
    from twinlet_train.siamese import triplet_network

    fit = config.fit

    def triplets(indices: Any, count: int, seed: int) -> TripletData:
        rows = fixed_triplets(data.labels[indices], count, seed=seed)
        return TripletData(data.images, indices[rows], batch=fit.batch, seed=fit.seed)

    network = triplet_network(twin, margin=fit.margin)
    dataset = triplets(splits.train, fit.triplets, fit.seed)
    network.compile(_optimizer(config, len(dataset)), loss=identity_loss, jit_compile=_jit())
    return Recipe(
        network,
        dataset,
        triplets(splits.validation, min(VALIDATION_TRIPLETS, fit.triplets), fit.seed + 1),
        monitor="val_loss",
        rising=False,
    )


def _online(
    config: TrainConfig, twin: "keras.Model", data: LabelledImages, splits: Splits
) -> Recipe:
    """Triplets mined in each batch of P classes x K samples, stopping on verification."""
    from twinlet_train.datasets import BalancedData
    from twinlet_train.losses import OnlineTripletLoss

    fit = config.fit
    dataset = BalancedData(Selected(data.images, splits.train), data.labels[splits.train], fit)
    twin.compile(
        _optimizer(config, len(dataset)),
        loss=OnlineTripletLoss(fit.margin, fit.mining),
        jit_compile=_jit(),
    )
    return Recipe(twin, dataset, None, monitor="val_auc", rising=True)
