"""Pictures of images: samples per class, triplets, pairs with their similarity in percent."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twinlet.scores import similarity
from twinlet_train.batches import fixed_triplets
from twinlet_train.pictures.canvas import new_figure, save, show_image
from twinlet_train.siamese import TRIPLET
from twinlet_train.splits import Indices

if TYPE_CHECKING:
    import keras

    from twinlet_train.data import LabelledImages

CLASSES_SHOWN = 12
SAMPLES_SHOWN = 8
TRIPLETS_SHOWN = 6
PAIRS_SHOWN = 6


def draw_samples(path: Path, data: "LabelledImages", indices: Indices) -> None:
    """One row of images for each class, the first dozen classes."""
    classes = np.unique(data.labels[indices])[:CLASSES_SHOWN]
    figure = new_figure(1.0 * SAMPLES_SHOWN + 1.5, 1.05 * len(classes) + 0.4)
    grid = figure.subplots(len(classes), SAMPLES_SHOWN, squeeze=False)
    for row, label in zip(grid, classes, strict=True):
        own = indices[data.labels[indices] == label][:SAMPLES_SHOWN]
        for axes, index in zip(row, own, strict=False):
            show_image(axes, data.images[index])
        for axes in row[len(own) :]:
            axes.axis("off")
        name = data.class_names[label]
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", parse_math=False)
    save(figure, path)


def draw_triplets(path: Path, data: "LabelledImages", indices: Indices, *, seed: int) -> None:
    """A few triplets, one a row."""
    rows = indices[fixed_triplets(data.labels[indices], TRIPLETS_SHOWN, seed=seed)]
    figure = new_figure(4.6, 1.5 * TRIPLETS_SHOWN)
    grid = figure.subplots(TRIPLETS_SHOWN, 3, squeeze=False)
    for axes_row, triplet in zip(grid, rows, strict=True):
        for axes, index, role in zip(axes_row, triplet, TRIPLET, strict=True):
            show_image(axes, data.images[index], f"{role}: {_name(data, index)}")
    save(figure, path)


def draw_pairs(
    path: Path, twin: "keras.Model", data: "LabelledImages", indices: Indices, *, seed: int
) -> None:
    """Mated pairs on the left, non-mated on the right, with their similarity in percent."""
    from twinlet_train.callbacks import embed

    rows = indices[fixed_triplets(data.labels[indices], PAIRS_SHOWN, seed=seed + 2)]
    templates = embed(twin, data.images[rows.ravel()]).reshape(PAIRS_SHOWN, 3, -1)
    figure = new_figure(6.4, 1.55 * PAIRS_SHOWN)
    grid = figure.subplots(PAIRS_SHOWN, 4, squeeze=False)
    for axes_row, triplet, vectors in zip(grid, rows, templates, strict=True):
        for start, other, kind in ((0, 1, "mated"), (2, 2, "non-mated")):
            score = float(similarity(vectors[0], vectors[other]))
            show_image(axes_row[start], data.images[triplet[0]], _name(data, triplet[0]))
            show_image(
                axes_row[start + 1], data.images[triplet[other]], _name(data, triplet[other])
            )
            axes_row[start + 1].set_xlabel(f"{kind}: {score:.1%}", fontsize=9)
    save(figure, path)


def _name(data: "LabelledImages", index: int) -> str:
    return data.class_names[int(data.labels[index])]
