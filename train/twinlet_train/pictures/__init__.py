"""The pictures of the recipe, written into the run folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from twinlet_train.pictures.curves import draw_history, draw_roc
from twinlet_train.pictures.diagram import draw_model
from twinlet_train.pictures.grids import draw_pairs, draw_samples, draw_triplets
from twinlet_train.settings import LossConfig
from twinlet_train.splits import Indices

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import LabelledImages
    from twinlet_train.splits import Splits

__all__ = ["draw_after", "draw_before"]


def draw_before(
    folder: Path,
    twin: "keras.Model",
    data: "LabelledImages",
    splits: "Splits",
    *,
    loss: LossConfig,
    seed: int,
) -> None:
    """Draw what is known before training: samples per class, triplets, the model."""
    folder.mkdir(exist_ok=True)
    draw_samples(folder / "samples.png", data, splits.train)
    draw_triplets(folder / "triplets.png", data, splits.train, seed=seed)
    draw_model(folder / "model.png", twin, loss)


def draw_after(
    folder: Path,
    twin: "keras.Model",
    data: "LabelledImages",
    test: Indices,
    *,
    history: dict[str, list[float]],
    seed: int,
) -> None:
    """Draw what training gave: history, and of test images the ROC and pairs with similarities."""
    draw_history(folder / "history.png", history)
    draw_roc(folder / "roc.png", twin, data, test)
    draw_pairs(folder / "pairs.png", twin, data, test, seed=seed)
