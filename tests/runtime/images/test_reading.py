import os

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.images import read_image, reading

image_module = pytest.importorskip("PIL.Image")

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)


@pytest.fixture
def png(tmp_path):
    path = tmp_path / "image.png"
    image_module.fromarray(PIXELS).save(path)
    return path


@pytest.mark.parametrize(
    "given",
    [
        lambda path: path,
        str,
        lambda path: path.read_bytes(),
        lambda path: bytearray(path.read_bytes()),
        lambda path: memoryview(path.read_bytes()),
        lambda path: image_module.fromarray(PIXELS),
        lambda path: PIXELS,
    ],
    ids=["Path", "str", "bytes", "bytearray", "memoryview", "PIL", "array"],
)
def test_every_kind_of_source_gives_the_same_pixels(png, given):
    np.testing.assert_array_equal(read_image(given(png)), PIXELS)


def test_a_relative_path_is_taken_from_the_current_folder(png, monkeypatch):
    monkeypatch.chdir(png.parent)
    np.testing.assert_array_equal(read_image("image.png"), PIXELS)


def test_the_content_counts_and_not_the_suffix(png):
    np.testing.assert_array_equal(read_image(png.rename(png.with_suffix(".txt"))), PIXELS)


def refusal(source):
    with pytest.raises(InvalidInputError) as caught:
        read_image(source)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none.png"
    assert refusal(path).startswith(f"image {path} does not exist; check the path")


def test_a_folder_is_named(tmp_path):
    assert refusal(tmp_path) == (
        f"image {tmp_path} is a folder: expected one image file; name a file inside it"
    )


def test_an_empty_file_is_named(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    assert refusal(path) == f"image {path} is empty (0 bytes): expected an image file"
    assert refusal(b"") == "the image given as bytes is empty (0 bytes): expected an image file"


def test_a_text_is_named(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("This is no picture.\n" * 40)
    assert refusal(path) == (
        f"image {path} is no image that can be read: expected PNG, JPEG or another format that "
        f"Pillow knows, got text that starts with 'This is no picture.\\nThis is no p'"
    )


def test_unknown_data_is_named():
    assert refusal(b"\xff\xfe\xfd" * 9).endswith("data that starts with ff fe fd ff fe fd ff fe")


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_truncated_image_is_refused_and_named(tmp_path, kind, part):
    path = tmp_path / f"cut.{kind}"
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image_module.fromarray(noise).save(path, kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    message = refusal(path)
    assert message.startswith(f"image {path} is ")
    assert "damaged or truncated" in message or "no image that can be read" in message


@pytest.mark.parametrize("path", ["a\0b.png", "x" * 5000, os.devnull])
def test_a_path_that_gives_no_file_is_refused(path):
    assert refusal(path).startswith("image ")


def test_a_file_of_another_kind_is_named(png):
    assert refusal(png / "inside.png") == f"image {png / 'inside.png'} cannot be read: " + (
        os.strerror(20)
    )


def test_a_file_too_large_for_an_image_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 2**20)
    path = tmp_path / "video.png"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: takes no room
    assert refusal(path) == (f"image {path} is too large: expected at most 1 MiB; is it an image?")
