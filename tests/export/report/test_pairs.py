"""Pictures carry exactly the pixels."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from twinlet_export.report.pairs import png


@pytest.mark.parametrize("channels", [1, 3])
def test_the_pixels_come_back(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    kind, _, data = png(pixels).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        again = np.asarray(image)
    assert np.array_equal(again.reshape(pixels.shape), pixels)
