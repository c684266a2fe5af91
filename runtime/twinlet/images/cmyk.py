"""Inks to light."""

import numpy as np

from twinlet.images.arrays import Pixels


def from_cmyk(inks: Pixels) -> Pixels:
    """Turn CMYK into RGB: `((255 - ink) * (255 - K) + 127) // 255` for each of C, M and Y.

    No colour profile is applied, so the result is as bright as inks on a screen, not on paper.

    Args:
        inks: Uint8 (h, w, 4) of C, M, Y, K: 0 no ink, 255 full ink.

    Returns:
        Uint8 (h, w, 3) RGB.
    """
    # 255 * 255 + 127 is below 2**16.
    light = 255 - inks.astype(np.uint16)
    rgb = (light[:, :, :3] * light[:, :, 3:] + np.uint16(127)) // np.uint16(255)
    return rgb.astype(np.uint8)
