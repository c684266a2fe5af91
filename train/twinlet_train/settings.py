"""The tables of a configuration: each key with its default and meaning."""

from dataclasses import dataclass

from twinlet.errors import InvalidInputError
from twinlet_train.data.uniform import MEMORY_MB

USUAL_EPOCHS = 20
UNLIMITED = 100_000  # epochs: nothing that trains by the clock comes near


@dataclass(frozen=True)
class DataConfig:
    """Where the images come from and what is done to them before anything else."""

    spec: str = ""  # a --data SPEC
    size: int = 0  # side in pixels every image is resized to; 0 keeps the size they share
    channels: int = 0  # 1 grey, 3 RGB; 0 as the images are or the backbone needs
    memory_mb: int = MEMORY_MB  # MiB of decoded images kept in memory; more stream from disk

    def check(self) -> None:
        """Refuse values no run can use."""
        if not self.spec:
            raise InvalidInputError("no data named; expected --data SPEC or data.spec in the file")
        at_least("data", self, 0, "size", "memory_mb")


@dataclass(frozen=True)
class ModelConfig:
    """The twin."""

    backbone: str = "mobilenetv2"  # a name of backbones.BACKBONES, or MODULE:FUNCTION
    width: float = 1.0  # multiplies the channels of the backbone's layers
    halvings: int = 0  # how often it halves the image, early ones given up; 0: as designed
    cells: int = 0  # or: least side of its last feature map, by giving up early ones; 0: any
    weights: str = "auto"  # imagenet, none, a weights file; auto: imagenet where there is one
    embedding: int = 128  # numbers in a template
    bn_momentum: float = 0.9  # of the moving batch-normalisation statistics

    def check(self) -> None:
        """Refuse values no run can use."""
        at_least("model", self, 2, "embedding")
        at_least("model", self, 0, "halvings", "cells")
        if self.halvings and self.cells:
            raise InvalidInputError(
                f"model.halvings and model.cells say the same in two ways, got {self.halvings} "
                f"and {self.cells}; set one of them"
            )
        above_zero("model", self, "width")
        if not 0.0 < self.bn_momentum < 1.0:
            raise InvalidInputError(
                f"model.bn_momentum must lie between 0 and 1, got {self.bn_momentum}"
            )


@dataclass(frozen=True)
class LossConfig:
    """What training makes small; see `losses`."""

    name: str = "triplet"  # a name of losses.EMBEDDING_LOSSES or losses.PROXY_LOSSES
    margin: float = 0.0  # 0: the loss's own default
    scale: float = 0.0  # of cosines, in supervised-contrastive and proxy losses; 0: its own default
    mining: str = ""  # triplet: a name of mining.MINERS; "": the loss's own default
    distance: str = ""  # triplet, contrastive: a name of distances.DISTANCES; "": its own default
    soft: bool = False  # triplet: soft margin instead of the hinge
    teacher: str = ""  # a finished run whose twin's similarities are imitated besides
    imitate: float = 10.0  # weight of that

    def check(self) -> None:
        """Refuse values no run can use; each loss checks its own when it is made."""
        at_least("loss", self, 0, "margin", "scale")
        above_zero("loss", self, "imitate")
        if not self.teacher and self.imitate != LossConfig.imitate:
            raise InvalidInputError(
                f"loss.imitate weighs how far a teacher is imitated, got {self.imitate:g} and no "
                f"loss.teacher; name a finished run there, or leave it out"
            )


@dataclass(frozen=True)
class AugmentConfig:
    """How training images are changed, anew each time; see `augmentation`."""

    flip: bool = False  # mirror half of the images; wrong for digits and letters
    shift: int = 0  # move each image by up to this many pixels
    erase: int = 0  # side in pixels of a square put to mid-grey
    light: float = 0.0  # change brightness and contrast by up to this share

    def check(self) -> None:
        """Refuse values no run can use."""
        at_least("augment", self, 0, "shift", "erase")
        if not 0.0 <= self.light < 1.0:
            raise InvalidInputError(f"augment.light must lie in [0, 1), got {self.light}")


@dataclass(frozen=True)
class FitConfig:
    """How the twin is trained."""

    recipe: str = "online"  # online (P classes x K samples a batch) or fixed (triplets or pairs)
    optimizer: str = "adam"  # adam or sgd (Nesterov, momentum 0.9)
    learning_rate: float = 1e-3  # the highest
    weight_decay: float = 0.0  # decoupled: each step takes this share of the rate off a kernel
    schedule: str = "cosine"  # falls to a hundredth over the training; or constant
    warmup: float = 0.0  # share of the training in which the rate rises from a hundredth
    average: float = 0.0  # momentum of averaged weights, from step to step; 0: the last weights
    start_size: int = 0  # side in pixels of the first images; grows to the twin's; 0: the twin's
    epochs: int = 0  # at most; 0: 20, or without end where fit.minutes ends it
    minutes: float = 0.0  # at most, the rate falling by the clock; 0: fit.epochs ends it
    patience: int = 0  # epochs without improvement before stopping; 0: go on to the end
    monitor: str = "auto"  # val_auc, val_eer, val_fnmr (FNMR at FMR 1 %); fixed: also val_loss
    classes_per_batch: int = 10  # online: P, or all classes when there are fewer
    samples_per_class: int = 12  # online: K
    triplets: int = 30000  # fixed: how many, drawn once
    batch: int = 64  # fixed: triplets a step
    precision: str = "auto"  # float32, mixed_bfloat16, mixed_float16; auto: bfloat16 on a GPU
    seed: int = 0  # weights, batches, triplets
    tensorboard: bool = False  # write logs for TensorBoard into the run folder

    @property
    def longest(self) -> int:
        """Epochs after which training ends whatever the clock says."""
        return self.epochs or (UNLIMITED if self.minutes else USUAL_EPOCHS)

    def check(self) -> None:
        """Refuse values no run can use."""
        above_zero("fit", self, "classes_per_batch", "samples_per_class", "learning_rate")
        above_zero("fit", self, "triplets", "batch")
        at_least("fit", self, 0, "epochs", "minutes", "patience", "weight_decay", "start_size")
        at_least("fit", self, 0, "seed")
        one_of("fit", self, "recipe", "online", "fixed")
        one_of("fit", self, "optimizer", "adam", "sgd")
        one_of("fit", self, "schedule", "constant", "cosine")
        one_of("fit", self, "precision", "auto", "float32", "mixed_bfloat16", "mixed_float16")
        one_of("fit", self, "monitor", "auto", "val_auc", "val_eer", "val_fnmr", "val_loss")
        if self.monitor == "val_loss" and self.recipe != "fixed":
            raise InvalidInputError(
                "fit.monitor=val_loss needs fit.recipe=fixed: only fixed triplets and pairs have "
                "a loss on validation images; expected val_auc, val_eer or val_fnmr"
            )
        for name, top in (("warmup", 0.5), ("average", 1.0)):
            if not 0.0 <= getattr(self, name) < top:
                raise InvalidInputError(
                    f"fit.{name} must lie in [0, {top:g}), got {getattr(self, name)}"
                )


def above_zero(table: str, config: object, *names: str) -> None:
    """Refuse numbers that are not above 0."""
    for name in names:
        if not getattr(config, name) > 0:
            raise InvalidInputError(f"{table}.{name} must be above 0, got {getattr(config, name)}")


def at_least(table: str, config: object, least: int, *names: str) -> None:
    """Refuse numbers below the least."""
    for name in names:
        if not getattr(config, name) >= least:
            raise InvalidInputError(
                f"{table}.{name} must be at least {least}, got {getattr(config, name)}"
            )


def one_of(table: str, config: object, name: str, *known: str) -> None:
    """Refuse a word that is not known."""
    if getattr(config, name) not in known:
        raise InvalidInputError(
            f"unknown {table}.{name} {getattr(config, name)!r}; expected "
            f"{', '.join(known[:-1])} or {known[-1]}"
        )
