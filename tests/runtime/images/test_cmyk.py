import numpy as np
import pytest

from twinlet.images import read_image
from twinlet.images.cmyk import from_cmyk


def every_ink_and_key():
    """Uint8 (256, 256, 4): each pair of a cyan and a black, other inks turned by a third."""
    ink, key = np.meshgrid(np.arange(256), np.arange(256))
    return np.stack([ink, (ink + 85) % 256, (ink + 170) % 256, key], axis=2).astype(np.uint8)


def test_the_formula_for_every_pair_of_ink_and_black():
    inks = every_ink_and_key()
    found = from_cmyk(inks)
    assert found.dtype == np.uint8
    # Whole numbers, as BUNDLE.md writes it; and so the exact product to half a level.
    wide = inks.astype(int)
    expected = ((255 - wide[:, :, :3]) * (255 - wide[:, :, 3:]) + 127) // 255
    np.testing.assert_array_equal(found, expected)
    exact = (255 - wide[:, :, :3]) * (255 - wide[:, :, 3:]) / 255
    assert np.abs(found - exact).max() <= 0.5


@pytest.mark.parametrize(
    ("ink", "light"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((100, 200, 50, 128), (77, 27, 102)),  # 155, 55, 205 times 127 / 255: 77.2 27.4 102.1
    ],
)
def test_inks_by_hand(ink, light):
    assert from_cmyk(np.uint8([[ink]])).tolist() == [[list(light)]]


def test_it_is_what_pillow_makes_of_it():
    image_module = pytest.importorskip("PIL.Image")
    inks = every_ink_and_key()
    image = image_module.frombytes("CMYK", (256, 256), inks.tobytes())
    np.testing.assert_array_equal(from_cmyk(inks), np.asarray(image.convert("RGB")))


def test_a_tiff_of_inks_is_read_by_the_formula(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    inks = every_ink_and_key()
    image_module.frombytes("CMYK", (256, 256), inks.tobytes()).save(tmp_path / "inks.tiff")
    np.testing.assert_array_equal(read_image(tmp_path / "inks.tiff"), from_cmyk(inks))
