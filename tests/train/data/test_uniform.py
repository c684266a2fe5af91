"""Images are made what the twin takes by the rule that the runtime has."""

import numpy as np
import pytest
from PIL import Image

from twinlet.contract import InputContract
from twinlet.preprocessing import to_input
from twinlet_train.data import open_data


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(50, 60, 3), (50, 60)])
def test_what_trains_is_what_a_device_sees(tmp_path, channels, shape):
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (4, *shape), dtype=np.uint8)
    for number, image in enumerate(images):
        path = tmp_path / "set" / f"c{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    data = open_data(str(tmp_path / "set"), size=24, channels=channels)
    contract = InputContract(24, 24, channels, color="L" if channels == 1 else "RGB")
    for got, number in zip(data.images[:], (0, 2, 1, 3), strict=True):
        assert np.array_equal(got, to_input(images[number], contract))
