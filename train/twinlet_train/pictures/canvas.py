"""Drawing without a screen and without matplotlib's global state."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def new_figure(width: float, height: float) -> Any:
    """Open a figure of width x height inches that no global registry keeps."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG."""
    figure.savefig(path, dpi=110)


def show_image(axes: Any, image: NDArray[np.uint8], title: str = "") -> None:
    """Put an image (h, w, c) on axes, without ticks; a vector fills them, as a bar code.

    A title is shown as it is: what users name things may hold `$`, for matplotlib a formula.
    """
    grey = image.shape[-1] == 1
    axes.imshow(
        image[..., 0] if grey else image,
        cmap="gray" if grey else None,
        vmin=0,
        vmax=255,
        aspect="auto" if 1 in image.shape[:2] else "equal",
    )
    axes.set_xticks([])
    axes.set_yticks([])
    if title:
        axes.set_title(title, fontsize=9, parse_math=False)
