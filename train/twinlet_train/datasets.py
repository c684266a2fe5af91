"""Keras data sets over a store of images; the order depends on seed and epoch alone."""

from typing import TYPE_CHECKING, Any

import numpy as np

from twinlet_train.batches import Labels, Pixels, augmented, balanced_batches
from twinlet_train.config import FitConfig
from twinlet_train.data.store import ImageStore
from twinlet_train.siamese import INPUTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

import keras


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
        inputs = {name: self.images[rows[:, i]] for i, name in enumerate(INPUTS)}
        return inputs, np.zeros(len(rows), dtype=np.float32)


class BalancedData(keras.utils.PyDataset):
    """P classes x K samples a batch, augmented: `(images, labels)`."""

    def __init__(self, images: ImageStore, labels: Labels, fit: FitConfig) -> None:
        """Keep images (n, h, w, c) with labels (n,)."""
        super().__init__()
        self.images = images
        self.labels = labels
        self.fit = fit
        self.classes = min(fit.classes_per_batch, len(np.unique(labels)))
        self.start(0)
        self.images_per_epoch = self.order.size

    def start(self, epoch: int) -> None:
        """Order the batches of an epoch."""
        self.epoch = epoch
        self.order = balanced_batches(
            self.labels,
            self.classes,
            self.fit.samples_per_class,
            rng=np.random.default_rng([self.fit.seed, 5, epoch]),
        )

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> tuple[Pixels, Any]:
        rows = self.order[index]
        rng = np.random.default_rng([self.fit.seed, 6, self.epoch, index])
        images = augmented(self.images[rows], rng, flip=self.fit.flip, shift=self.fit.shift)
        return images, self.labels[rows].astype(np.float32)
