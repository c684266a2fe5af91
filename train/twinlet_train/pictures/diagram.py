"""A diagram of the Siamese network, drawn without Graphviz."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinlet_train.pictures.canvas import new_figure, save
from twinlet_train.settings import LossConfig
from twinlet_train.siamese import PAIR, TRIPLET

if TYPE_CHECKING:
    import keras


PLACES = {2: (2.8, 7.2), 3: (1.8, 5.0, 8.2)}  # of so many inputs, from left to right


def compared(loss: LossConfig) -> tuple[tuple[str, ...], str]:
    """Name what a loss looks at, and say how."""
    from twinlet_train.losses import PROXY_LOSSES

    if loss.name == "triplet":
        form = (
            "log(1 + exp(d(a, p) - d(a, n)))" if loss.soft else "max(0, d(a, p) - d(a, n) + margin)"
        )
        return TRIPLET, f"triplet loss: {form}, d = {loss.distance or 'cosine'} distance"
    if loss.name in PROXY_LOSSES:
        return PAIR, f"{loss.name} loss: cosines of each image with one learnt direction a class"
    return PAIR, f"{loss.name} loss: over every two images of a batch"


def stages(twin: "keras.Model") -> list[tuple[str, str, int]]:
    """Group a twin's layers into rows of (what, output shape, weights).

    Consecutive layers between two changes of the feature map's size make one row.
    """
    rows = []
    for shape, group in groupby(twin.layers, key=lambda layer: _shape(layer.output.shape)):
        layers = list(group)
        weights = sum(layer.count_params() for layer in layers)
        names = layers[0].name if len(layers) == 1 else f"{layers[0].name} ... {layers[-1].name}"
        rows.append((f"{names} ({len(layers)})" if len(layers) > 1 else names, shape, weights))
    return rows


def _shape(shape: tuple[int | None, ...]) -> str:
    sizes = shape[1:3] if len(shape) == 4 else shape[1:]
    return "x".join(str(size) for size in sizes)


def draw_model(path: Path, twin: "keras.Model", loss: LossConfig) -> None:
    """Draw the inputs, the shared twin with its stages, and the loss."""
    inputs, text = compared(loss)
    rows = stages(twin)
    height = 3.0 + 0.42 * len(rows)
    figure = new_figure(7.6, height)
    axes = figure.subplots()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, height)
    axes.axis("off")
    top, low = height - 1.0, 1.3
    box = {"boxstyle": "round,pad=0.35", "edgecolor": "0.3"}
    for x, name in zip(PLACES[len(inputs)], inputs, strict=True):
        axes.text(
            x,
            height - 0.4,
            f"{name}\n{_shape(twin.input_shape)} uint8",
            ha="center",
            va="center",
            fontsize=9,
            bbox={**box, "facecolor": "#d9e8f6"},
        )
        _arrow(axes, (x, height - 0.7), (x, top - 0.02))
        _arrow(axes, (x, low), (x, 0.82))
        axes.text(x + 0.12, 1.05, f"{twin.output_shape[-1]} numbers", fontsize=8, va="center")
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (0.5, low),
            9.0,
            top - low,
            boxstyle="round,pad=0.05",
            facecolor="#f3efe2",
            edgecolor="0.3",
        )
    )
    axes.text(
        5.0,
        top - 0.2,
        f"twin, shared: {twin.count_params():,} weights",
        ha="center",
        va="center",
        fontsize=10,
        weight="bold",
    )
    for i, (name, shape, weights) in enumerate(rows):
        y = top - 0.55 - 0.42 * i
        for x, text, align in (
            (0.8, name, "left"),
            (7.1, shape, "center"),
            (9.2, f"{weights:,}", "right"),
        ):
            axes.text(x, y, text, ha=align, va="center", fontsize=8, family="monospace")
    axes.text(
        5.0,
        0.5,
        text,
        ha="center",
        va="center",
        fontsize=9,
        bbox={**box, "facecolor": "#f6dede"},
    )
    save(figure, path)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "->", "color": "0.3"})
