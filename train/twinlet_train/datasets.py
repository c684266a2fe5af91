"""Keras data sets over a store of images; the order depends on seed and epoch alone."""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet_train.augmentation import augmented
from twinlet_train.batches import Labels, Pixels, balanced_batches
from twinlet_train.data.store import ImageStore
from twinlet_train.parallel import ALONE, Group
from twinlet_train.settings import AugmentConfig, FitConfig
from twinlet_train.siamese import PAIR, TRIPLET

if TYPE_CHECKING:
    from numpy.typing import NDArray

import keras

log = logging.getLogger("twinlet")


class TripletData(keras.utils.PyDataset):
    """Fixed triplets, shuffled anew each epoch: `({"anchor", "positive", "negative"}, 0)`."""

    def __init__(
        self, images: ImageStore, triplets: "NDArray[np.int64]", *, batch: int, seed: int
    ) -> None:
        """Keep images (n, h, w, c) and triplets (m, 3) of indices into them."""
        super().__init__()
        self.images = images
        self.triplets = triplets
        self.batch = batch
        self.seed = seed
        self.images_per_epoch = triplets.size
        self.start(0)

    def start(self, epoch: int) -> None:
        """Order the triplets of an epoch."""
        self.epoch = epoch
        self.order = np.random.default_rng([self.seed, 4, epoch]).permutation(len(self.triplets))

    def __len__(self) -> int:
        return -(-len(self.triplets) // self.batch)

    def __getitem__(self, index: int) -> tuple[dict[str, Pixels], Any]:
        rows = self.triplets[self.order[index * self.batch : (index + 1) * self.batch]]
        inputs = {name: self.images[rows[:, i]] for i, name in enumerate(TRIPLET)}
        return inputs, np.zeros(len(rows), dtype=np.float32)


class PairData(TripletData):
    """The same triplets as pairs: `({"first", "second"}, 1 for mated, 0 for non-mated)`."""

    def __getitem__(self, index: int) -> tuple[dict[str, Pixels], Any]:
        inputs, _ = super().__getitem__(index)
        anchor, positive, negative = (inputs[name] for name in TRIPLET)
        first, second = PAIR
        pairs = {
            first: np.concatenate([anchor, anchor]),
            second: np.concatenate([positive, negative]),
        }
        return pairs, np.repeat(np.array([1.0, 0.0], dtype=np.float32), len(anchor))


class BalancedData(keras.utils.PyDataset):
    """P classes x K samples a batch, augmented: `(images, labels)`, or labels before targets."""

    def __init__(
        self,
        images: ImageStore,
        labels: Labels,
        fit: FitConfig,
        augment: AugmentConfig,
        *,
        group: Group = ALONE,
        targets: "NDArray[np.float32] | None" = None,
    ) -> None:
        """Keep images (n, h, w, c) with labels (n,) and, where given, targets (n, e).

        A process of a group gets its share of each batch.
        """
        super().__init__()
        self.images = images
        self.labels = labels
        self.fit = fit
        self.augment = augment
        self.group = group
        self.targets = targets
        counts = np.unique(labels, return_counts=True)[1]
        self.classes = min(fit.classes_per_batch, len(counts))
        self.samples = samples_of(counts, fit.samples_per_class)
        self.start(0)
        group.check_batch(self.order.shape[1])
        self.images_per_epoch = self.order.size

    def start(self, epoch: int) -> None:
        """Order the batches of an epoch."""
        self.epoch = epoch
        self.order = balanced_batches(
            self.labels,
            self.classes,
            self.samples,
            rng=np.random.default_rng([self.fit.seed, 5, epoch]),
        )

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> tuple[Pixels, Any]:
        rows = self.order[index]
        rng = np.random.default_rng([self.fit.seed, 6, self.epoch, index])
        images = augmented(self.images[rows], self.augment, rng)
        own = self.group.share(len(rows))
        labels = self.labels[rows[own]].astype(np.float32)
        if self.targets is None:
            return images[own], labels
        return images[own], np.concatenate([labels[:, None], self.targets[rows[own]]], axis=1)


def samples_of(counts: "NDArray[np.int64]", wanted: int) -> int:
    """How many images of a class a batch takes: as wanted, or those of the largest class.

    A class with fewer gives an image more than once, which is a mated pair to learn nothing from.
    """
    samples = min(wanted, int(counts.max()))
    if samples < wanted:
        log.info(
            "the largest class has %d training images: a batch takes %d of each class, not %d",
            counts.max(),
            samples,
            wanted,
        )
    if short := int(np.count_nonzero(counts < samples)):
        log.warning(
            "%d classes have fewer than the %d training images that a batch takes of each "
            "(fewest: %d), so the same image meets itself; lower fit.samples_per_class",
            short,
            samples,
            counts.min(),
        )
    return samples
