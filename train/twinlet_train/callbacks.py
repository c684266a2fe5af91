"""What happens around the steps: verification on held-out images, and a progress bar."""

import sys
import time
from typing import Any

import keras
import numpy as np

from twinlet.errors import TwinletError
from twinlet.metrics import auc, compare_all, eer, fnmr_at_fmr
from twinlet.templates import normalise
from twinlet_train.batches import Labels
from twinlet_train.data.store import ImageStore, blocks
from twinlet_train.parallel import apart
from twinlet_train.settings import FitConfig

MONITORED_FMR = 0.01
BATCH = 256  # images a step of inference


def embed(twin: keras.Model, images: ImageStore) -> Any:
    """Unit embeddings (n, d) of images (n, h, w, c), in inference mode."""
    return normalise(raw_embeddings(twin, images))


def raw_embeddings(twin: keras.Model, images: ImageStore) -> Any:
    """Embeddings (n, d) of images (n, h, w, c) as the twin gives them, block by block."""
    return np.concatenate(
        [
            np.asarray(twin.predict(block, batch_size=BATCH, verbose=0))
            for block in blocks(images, multiple=BATCH)
        ]
    )


class Verification(keras.callbacks.Callback):
    """Adds `val_auc`, `val_eer` and `val_fnmr` (FNMR at FMR 1 %) to the logs.

    They come from all comparisons of the validation images.
    """

    def __init__(
        self,
        twin: keras.Model,
        images: ImageStore,
        labels: Labels,
        *,
        own: keras.Model | None = None,
    ) -> None:
        """Keep validation images (n, h, w, c) and labels (n,).

        Args:
            twin: Whose embeddings are looked at.
            images: Of the validation split.
            labels: Their identities.
            own: A copy of the twin that is this process's own; it takes the twin's weights
                first. Needed where the twin belongs to a group of processes.
        """
        super().__init__()
        self.twin = twin
        self.own = own
        self.images = images
        self.labels = labels

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare every validation image with every other.

        Raises:
            TwinletError: The loss or the embeddings are not finite.
        """
        raw = self._raw()
        # Fused normalisation answers an infinite variance with finite zeros: look at weights too.
        seen = [list(logs.values()), raw, *self.twin.get_weights()]
        if not all(np.isfinite(numbers).all() for numbers in seen):
            raise TwinletError(
                f"training broke down in epoch {epoch + 1}: loss, weights or embeddings are not "
                f"finite (loss {logs['loss']}); train into another folder with a lower "
                f"fit.learning_rate"
            )
        comparisons = compare_all(normalise(raw), self.labels)
        logs["val_auc"] = auc(comparisons)
        logs["val_eer"] = eer(comparisons)
        logs["val_fnmr"] = fnmr_at_fmr(comparisons, MONITORED_FMR)

    def _raw(self) -> Any:
        """Raw embeddings (n, d) of the validation images."""
        if self.own is None:
            return raw_embeddings(self.twin, self.images)
        with apart():
            self.own.set_weights(self.twin.get_weights())
            return raw_embeddings(self.own, self.images)


class Pace(keras.callbacks.Callback):
    """Adds `images_per_second` to the logs: of the steps alone, whatever follows them.

    It comes before all callbacks that do something at the end of an epoch.
    """

    def __init__(self, images_per_epoch: int) -> None:
        """Keep what a whole epoch sees."""
        super().__init__()
        self.images_per_epoch = images_per_epoch
        self.started = 0.0
        self.took: float | None = None  # seconds of the epoch's steps, once they are over
        self.steps = 0  # of the epoch, so far

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self.started, self.took, self.steps = time.perf_counter(), None, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step."""
        self.steps += 1

    def on_test_begin(self, logs: Any = None) -> None:
        """Take the time before Keras' own validation adds to it."""
        self.took = time.perf_counter() - self.started

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the rate down."""
        took = self.took or time.perf_counter() - self.started
        # The clock may have ended the epoch before its last step.
        images = self.images_per_epoch * self.steps / self.params["steps"]
        logs["images_per_second"] = round(images / took, 1)


class Progress(keras.callbacks.Callback):
    """One bar an epoch on stderr: steps, loss, and at its end all that the logs hold."""

    def __init__(self, fit: FitConfig, *, show: bool = True) -> None:
        """Keep what the bar counts against."""
        super().__init__()
        self.show = show
        self.of = (
            f" of {fit.minutes:g} min" if not fit.epochs and fit.minutes else f"/{fit.longest}"
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Open the bar."""
        from tqdm import tqdm

        self.bar = tqdm(
            total=self.params["steps"],
            disable=not self.show,
            desc=f"epoch {epoch + 1}{self.of}",
            unit="step",
            # A log file wants a line now and then, not every frame of the bar.
            mininterval=0.5 if sys.stderr.isatty() else 30.0,
            dynamic_ncols=True,
        )

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Move the bar."""
        self.bar.update(1)
        if batch % 20 == 0:
            self.bar.set_postfix_str(f"loss {float(logs['loss']):.4f}", refresh=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Close the bar with what the epoch gave."""
        numbers = {**logs}
        images = numbers.pop("images_per_second")
        words = "  ".join(f"{key} {float(value):.4f}" for key, value in numbers.items())
        self.bar.set_postfix_str(f"{words}  {images:.0f} images/s")
        self.bar.close()


class Reorder(keras.callbacks.Callback):
    """Orders the batches of each epoch by its number, so that a resumed run sees the same."""

    def __init__(self, dataset: Any) -> None:
        """Keep the data set."""
        super().__init__()
        self.dataset = dataset

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Order this epoch."""
        if self.dataset.epoch != epoch:
            self.dataset.start(epoch)
