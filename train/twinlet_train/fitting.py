"""The loop of a training: epochs at rising image sizes until the plan or the clock ends it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from twinlet_train.averaging import Average
from twinlet_train.callbacks import Pace, Progress, Reorder, Verification
from twinlet_train.checkpoint import Checkpoint
from twinlet_train.parallel import agreed
from twinlet_train.recipes import Recipe
from twinlet_train.schedules import LearningRate
from twinlet_train.settings import FitConfig
from twinlet_train.stages import side_at


class NextSize(keras.callbacks.Callback):
    """Ends a `fit` after the epoch that brings training to the next image size."""

    def __init__(self, rate: LearningRate, side: int, fit: FitConfig, full: int) -> None:
        """Keep the side of the images now in use, and what the next one depends on."""
        super().__init__()
        self.rate = rate
        self.side = side
        self.start = fit.start_size
        self.full = full

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare sizes."""
        if side_at(agreed(self.rate.progress), start=self.start, full=self.full) != self.side:
            self.model.stop_training = True


def run_epochs(
    recipe: Recipe,
    verification: Verification,
    fit: FitConfig,
    state: Path,
    *,
    resume: bool,
    leads: bool,
    others: Sequence[keras.callbacks.Callback],
) -> Checkpoint:
    """Train until done, and put the best weights back.

    Args:
        recipe: What to fit on what.
        verification: Measures each epoch's twin.
        fit: The plan.
        state: Folder for the state; with one in it when resuming.
        resume: Go on with what the state holds.
        leads: Whether this process writes the state and shows progress.
        others: More callbacks, such as TensorBoard.

    Returns:
        The final checkpoint.

    Raises:
        InvalidInputError: The state is damaged.
        TwinletError: Loss or embeddings are not finite.
    """
    average = Average(recipe.model, fit.average) if fit.average else None
    checkpoint = Checkpoint(
        state,
        recipe.model,
        average,
        monitor=recipe.monitor,
        rising=recipe.rising,
        patience=fit.patience,
        minutes=fit.minutes,
        writes=leads,
    )
    if resume:
        checkpoint.restore()
    steps = len(recipe.dataset)
    epochs = fit.longest
    rate = LearningRate(fit, steps=steps * epochs, spent=lambda: checkpoint.state.seconds)
    rate.done = checkpoint.state.epoch * steps
    pace = Pace(recipe.dataset.images_per_epoch)
    progress = Progress(fit, show=leads)
    while not checkpoint.done(epochs):
        side = side_at(agreed(rate.progress), start=fit.start_size, full=recipe.side)
        model = recipe.at_size(side)
        model.fit(
            recipe.dataset,
            validation_data=recipe.validation,
            epochs=epochs,
            initial_epoch=checkpoint.state.epoch,
            callbacks=[
                Reorder(recipe.dataset),
                rate,
                pace,
                *([average] if average else []),
                verification,
                progress,
                *others,
                checkpoint,
                *([NextSize(rate, side, fit, recipe.side)] if fit.start_size else []),
            ],
            shuffle=False,
            verbose=0,
        )
    checkpoint.restore_best()
    return checkpoint
