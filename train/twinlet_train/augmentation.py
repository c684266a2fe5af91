"""Changes to training images that leave the identity what it is."""

import numpy as np

from twinlet_train.batches import Pixels
from twinlet_train.settings import AugmentConfig

GREY = 128  # mid-grey, 0 after the twin's normalisation


def augmented(images: Pixels, config: AugmentConfig, rng: np.random.Generator) -> Pixels:
    """Mirror, move, lighten and partly cover images, each by its own choice.

    Args:
        images: (n, h, w, c).
        config: What to do, and how far it goes.
        rng: Where the choices come from.

    Returns:
        New array (n, h, w, c), or `images` itself when there is nothing to do.
    """
    if config.flip:
        images = flipped(images, rng)
    if config.shift:
        images = shifted(images, config.shift, rng)
    if config.light:
        images = relit(images, config.light, rng)
    if config.erase:
        images = erased(images, config.erase, rng)
    return images


def flipped(images: Pixels, rng: np.random.Generator) -> Pixels:
    """Mirror each image left to right with probability 1/2."""
    images = images.copy()
    mirrored = np.flatnonzero(rng.random(len(images)) < 0.5)
    images[mirrored] = images[mirrored, :, ::-1]
    return images


def shifted(images: Pixels, most: int, rng: np.random.Generator) -> Pixels:
    """Move each image by -most..most pixels along each axis, the edge repeated."""
    n, height, width, _ = images.shape
    down = rng.integers(-most, most + 1, size=(n, 1))
    right = rng.integers(-most, most + 1, size=(n, 1))
    rows = np.clip(np.arange(height) + down, 0, height - 1)
    columns = np.clip(np.arange(width) + right, 0, width - 1)
    moved: Pixels = images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved


def relit(images: Pixels, most: float, rng: np.random.Generator) -> Pixels:
    """Multiply contrast around mid-grey by 1-most..1+most, add up to `most` of half the range."""
    contrast, brightness = rng.uniform(-most, most, size=(2, len(images)))
    # One table of 256 values an image: a byte in, a byte out.
    levels = np.arange(256) - GREY
    tables = (1.0 + contrast)[:, None] * levels + GREY * (1.0 + brightness)[:, None]
    tables = np.clip(np.rint(tables), 0, 255).astype(np.uint8)
    rows = np.arange(len(images)).reshape(-1, 1, 1, 1)
    changed: Pixels = tables[rows, images]
    return changed


def erased(images: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """Put a square of each image to mid-grey (DeVries and Taylor 2017, arXiv:1708.04552).

    Its centre is anywhere in the image, so at the edges less than the square is covered.
    """
    n, height, width, _ = images.shape
    top = rng.integers(0, height, size=(n, 1)) - side // 2
    left = rng.integers(0, width, size=(n, 1)) - side // 2
    rows, columns = np.arange(height), np.arange(width)
    covered = ((rows >= top) & (rows < top + side))[:, :, None] & (
        (columns >= left) & (columns < left + side)
    )[:, None, :]
    images = images.copy()
    images[covered] = GREY
    return images
