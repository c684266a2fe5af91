"""BUNDLE.md, section 5, in plain loops as another language would write it, against the runtime."""

import re
from pathlib import Path

import numpy as np
import pytest

from twinlet.contract import InputContract
from twinlet.images import read_image
from twinlet.preprocessing import resize, to_input

SPECIFICATION = Path(__file__).parents[3] / "runtime" / "BUNDLE.md"


def axis_weights(n, m):
    """The weights q of every output, as the specification spells them."""
    rows = []
    for i in range(m):
        w = [max(0, 2 * max(n, m) - abs((2 * j + 1) * m - (2 * i + 1) * n)) for j in range(n)]
        s = sum(w)
        c, running = [], 0
        for weight in w:
            running += weight
            c.append((2 * 65536 * running + s) // (2 * s))
        rows.append([c[j] - (c[j - 1] if j else 0) for j in range(n)])
    return rows


def resampled(samples, weights):
    return [
        (sum(q * v for q, v in zip(row, samples, strict=True)) + 32768) >> 16 for row in weights
    ]


def resized(plane, height, width):
    """Along the width, then along the height, of lists of rows."""
    across = axis_weights(len(plane[0]), width)
    down = axis_weights(len(plane), height)
    rows = [resampled(row, across) for row in plane]
    columns = [resampled(column, down) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def over_white(pixel):
    *color, a = pixel
    return [(c * a + 255 * (255 - a) + 127) // 255 for c in color]


def to_model(image, height, width, channels):
    """Uint8 (h, w), (h, w, 3) or (h, w, 4) to nested lists (height, width, channels)."""
    pixels = [[[int(v) for v in np.atleast_1d(pixel)] for pixel in row] for row in image]
    if len(pixels[0][0]) == 4:
        pixels = [[over_white(pixel) for pixel in row] for row in pixels]
    if channels == 1 and len(pixels[0][0]) == 3:
        pixels = [
            [[(299 * r + 587 * g + 114 * b + 500) // 1000] for r, g, b in row] for row in pixels
        ]
    if channels == 3 and len(pixels[0][0]) == 1:
        pixels = [[pixel * 3 for pixel in row] for row in pixels]
    if (len(pixels), len(pixels[0])) == (height, width):
        return pixels
    planes = [
        resized([[pixel[k] for pixel in row] for row in pixels], height, width)
        for k in range(channels)
    ]
    return [[[p[y][x] for p in planes] for x in range(width)] for y in range(height)]


def sizes():
    """Growing, shrinking, odd, one sample, extreme aspects, and thirty drawn ones."""
    yield from [(1, 1), (1, 17), (17, 1), (8, 8), (16, 16), (7, 5), (4, 64), (64, 3), (33, 31)]
    rng = np.random.default_rng(9)
    yield from [tuple(map(int, rng.integers(1, 41, 2))) for _ in range(30)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [(), (3,), (4,)], ids=["grey", "RGB", "RGBA"])
def test_an_image_of_any_size_and_colour(channels, kind):
    contract = InputContract(8, 11, channels, color="L" if channels == 1 else "RGB")
    for number, size in enumerate(sizes()):
        image = np.random.default_rng(number).integers(0, 256, (*size, *kind), dtype=np.uint8)
        expected = to_model(image, 8, 11, channels)
        assert to_input(read_image(image), contract).tolist() == expected, size


@pytest.mark.parametrize("size", [(2, 3), (13, 40), (31, 2)])
def test_other_sizes_of_the_model(size):
    rng = np.random.default_rng(3)
    for before in [(5, 5), (12, 30), (50, 20), (13, 3)]:
        image = rng.integers(0, 256, before, dtype=np.uint8)
        assert resize(image, *size).tolist() == resized(image.tolist(), *size), before


def test_the_results_the_specification_gives_to_try():
    lines = re.findall(r"^ +((?:\d+ )+)to (\d+) +((?:\d+ ?)+)$", SPECIFICATION.read_text(), re.M)
    assert len(lines) == 4
    for row, count, expected in lines:
        samples, wanted = [int(v) for v in row.split()], [int(v) for v in expected.split()]
        assert resampled(samples, axis_weights(len(samples), int(count))) == wanted
        assert resize(np.uint8([samples]), 1, int(count)).tolist() == [wanted]
