import io
import sys

import numpy as np
import pytest

from twinlet.errors import InvalidInputError, MissingExtraError
from twinlet.images import read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)


def npy(array, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("array", [PIXELS, np.asfortranarray(PIXELS), PIXELS[:, :, 0]])
def test_pixels_are_read_back(version, array):
    np.testing.assert_array_equal(read_image(npy(array, version=version)), array)


def test_a_file_is_known_by_its_content_and_needs_no_pillow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    path = tmp_path / "image.raw"
    path.write_bytes(npy(PIXELS))
    np.testing.assert_array_equal(read_image(path), PIXELS)


def test_another_file_without_pillow_names_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    path = tmp_path / "image.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    with pytest.raises(MissingExtraError) as refusal:
        read_image(path)
    assert str(refusal.value) == (
        f"image {path} cannot be read: Pillow is not installed; pip install 'twinlet[image]' "
        f"(or pass a uint8 array, or a .npy file of one)"
    )


def header(text):
    body = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x93NUMPY", "is a damaged .npy file"),
        (npy(PIXELS)[:40], "is a damaged .npy file"),
        (npy(PIXELS)[:-1], r"shape \(5, 4, 3\) takes 60 bytes, got 59"),
        (npy(PIXELS) + b"x", "takes 60 bytes, got 61"),
        (
            b"\x93NUMPY\x09\x00" + npy(PIXELS)[8:],
            r"is a damaged .npy file: unknown version \(9, 0\)",
        ),
        (header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 4)}"), "damaged"),
        (
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (-4, -4)}") + b"x" * 16,
            "damaged",
        ),
        # 10 ** 18 pixels: refused before any room is made for them.
        (
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 1000000000)}"),
            "takes 1000000000000000000 bytes, got 0",
        ),
        (header("__import__('os')"), "is a damaged .npy file"),
        (
            header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"),
            "of uint8 with values 0 to 255, got object",
        ),
        (npy(PIXELS.astype(np.float32)), "must be a .npy file of uint8 with .* got float32; scale"),
        (npy(np.zeros(3, dtype=[("a", "u1")])), "must be a .npy file of uint8"),
        (header("{'descr': ('|u1', (2,)), 'fortran_order': False, 'shape': (4, 4)}"), "of uint8"),
        (npy(PIXELS[0, 0]), r"must have shape .* got \(3,\)"),
        (npy(PIXELS[:0]), "has no pixels"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, data, message):
    path = tmp_path / "bad.npy"
    path.write_bytes(data)
    with pytest.raises(InvalidInputError, match=message) as refusal:
        read_image(path)
    assert f"image {path}" in str(refusal.value)


def test_any_damage_to_the_header_is_refused_or_harmless():
    rng = np.random.default_rng(4)
    data = npy(PIXELS)
    for _ in range(500):
        damaged = bytearray(data)
        damaged[rng.integers(6, 80)] = rng.integers(256)
        try:
            found = read_image(bytes(damaged))
        except InvalidInputError:
            continue
        assert found.dtype == np.uint8
        assert found.ndim in (2, 3)
