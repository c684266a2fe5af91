"""Curves: the history of a training, and the ROC of its twin."""

from pathlib import Path
from typing import TYPE_CHECKING

from twinlet.metrics import auc, compare_all, eer, roc
from twinlet_train.data import Selected
from twinlet_train.pictures.canvas import new_figure, save
from twinlet_train.splits import Indices

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import LabelledImages


def draw_history(path: Path, history: dict[str, list[float]]) -> None:
    """Losses on the left, verification on validation images on the right."""
    figure = new_figure(9.0, 3.4)
    left, right = figure.subplots(1, 2)
    for key, values in history.items():
        if key == "images_per_second":
            continue
        axes = left if key.endswith("loss") else right
        axes.plot(range(1, len(values) + 1), values, marker=".", label=key)
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    save(figure, path)


def draw_roc(path: Path, twin: "keras.Model", data: "LabelledImages", indices: Indices) -> None:
    """ROC over all comparisons of images of the test split, with AUC and EER."""
    from twinlet_train.callbacks import embed

    templates = embed(twin, Selected(data.images, indices))
    comparisons = compare_all(templates, data.labels[indices])
    curve = roc(comparisons)
    figure = new_figure(4.6, 4.4)
    axes = figure.subplots()
    axes.plot(curve.fmr, curve.tmr, label=f"AUC {auc(comparisons):.4f}, EER {eer(comparisons):.4f}")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1)
    axes.set_xlabel("False Match Rate")
    axes.set_ylabel("1 - False Non-Match Rate")
    axes.set_title(
        f"test split: {len(comparisons.mated):,} mated, {len(comparisons.non_mated):,} non-mated",
        fontsize=9,
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    save(figure, path)
