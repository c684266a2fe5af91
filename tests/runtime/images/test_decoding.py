import io
import struct
import zlib

import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.images import decoding, read_image

image_module = pytest.importorskip("PIL.Image")

RGB = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
GREY = RGB[:, :, 0]
ALPHA = RGB[:, :, 1]
RED, HALF_BLUE = (255, 0, 0), (0, 0, 255)


def encoded(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def over_white(color, alpha):
    a = alpha.astype(int) if color.ndim == 2 else alpha.astype(int)[:, :, np.newaxis]
    return (color * a + 255 * (255 - a) + 127) // 255


def merged(mode, *bands):
    return image_module.merge(mode, [image_module.fromarray(band) for band in bands])


def test_modes_that_are_pixels_already():
    np.testing.assert_array_equal(read_image(encoded(image_module.fromarray(RGB))), RGB)
    np.testing.assert_array_equal(read_image(encoded(image_module.fromarray(GREY))), GREY)


def test_transparency_is_laid_over_white():
    rgba = image_module.fromarray(np.dstack([RGB, ALPHA]))
    np.testing.assert_array_equal(read_image(encoded(rgba)), over_white(RGB, ALPHA))
    la = merged("LA", GREY, ALPHA)
    found = read_image(encoded(la))
    assert found.shape == GREY.shape  # grey stays grey
    np.testing.assert_array_equal(found, over_white(GREY, ALPHA))


@pytest.mark.parametrize(("mode", "color"), [("La", GREY), ("RGBa", RGB)])
def test_premultiplied_transparency_is_undone_first(mode, color):
    plain = (
        merged("LA", GREY, ALPHA)
        if mode == "La"
        else image_module.fromarray(np.dstack([RGB, ALPHA]))
    )
    # Premultiplying rounds, so does undoing it: within two levels.
    found = read_image(plain.convert(mode)).astype(int)
    assert np.abs(found - over_white(color, ALPHA)).max() <= 2


def test_one_transparent_colour():
    data = encoded(image_module.fromarray(RGB), transparency=tuple(RGB[0, 0].tolist()))
    expected = np.where((RGB == RGB[0, 0]).all(axis=2, keepdims=True), 255, RGB)
    np.testing.assert_array_equal(read_image(data), expected)
    data = encoded(image_module.fromarray(GREY), transparency=int(GREY[0, 0]))
    np.testing.assert_array_equal(read_image(data), np.where(GREY == GREY[0, 0], 255, GREY))


def palette_image():
    image = image_module.new("P", (2, 1))
    image.putpalette([*RED, *HALF_BLUE])
    image.putpixel((1, 0), 1)
    return image


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_becomes_rgb(kind):
    assert read_image(encoded(palette_image(), kind)).tolist() == [[list(RED), list(HALF_BLUE)]]


def test_a_palette_with_transparency_is_laid_over_white():
    data = encoded(palette_image(), transparency=bytes([255, 128]))
    # Blue at 128/255 over white: 127 of red and green, 255 of blue.
    assert read_image(data).tolist() == [[list(RED), [127, 127, 255]]]
    data = encoded(palette_image(), "GIF", transparency=0)
    assert read_image(data).tolist() == [[[255, 255, 255], list(HALF_BLUE)]]


def test_black_and_white_becomes_grey():
    image = image_module.fromarray(np.array([[0, 255], [255, 0]], dtype=np.uint8)).convert("1")
    assert read_image(encoded(image)).tolist() == [[0, 255], [255, 0]]


def test_cmyk_becomes_rgb():
    # No ink is white, full ink of one kind is its complement.
    inks = {(0, 0, 0, 0): [255] * 3, (255, 0, 0, 0): [0, 255, 255], (0, 0, 0, 255): [0] * 3}
    for ink, color in inks.items():
        assert read_image(image_module.new("CMYK", (1, 1), ink)).tolist() == [[color]]
    data = encoded(image_module.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG", quality=100)
    assert np.abs(read_image(data).astype(int) - [0, 255, 255]).max() <= 3


@pytest.mark.parametrize("mode", ["YCbCr", "HSV"])
def test_other_colour_models_become_rgb(mode):
    image = image_module.fromarray(RGB).convert(mode)
    np.testing.assert_array_equal(read_image(image), np.asarray(image.convert("RGB")))


VALUES = np.uint16([[0, 255, 256], [32767, 65279, 65535]])
HIGH = [[0, 0, 1], [127, 254, 255]]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_high_byte(kind):
    assert read_image(encoded(image_module.fromarray(VALUES), kind)).tolist() == HIGH


def test_16_bit_grey_that_pillow_opens_as_integers_keeps_its_high_byte():
    assert read_image(b"P5 3 2 65535\n" + VALUES.astype(">u2").tobytes()).tolist() == HIGH


def test_16_bit_big_endian_grey():
    image = image_module.frombytes("I;16B", (3, 2), VALUES.astype(">u2").tobytes())
    assert read_image(image).tolist() == HIGH


def png_16_bit(color_type, values, *chunks):
    """A PNG of 16 bits a channel, which Pillow reads but does not write."""

    def chunk(name, body):
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)), *chunks]
    parts += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def test_16_bit_rgb_keeps_its_high_byte():
    values = np.dstack([VALUES, VALUES[::-1], VALUES])
    np.testing.assert_array_equal(read_image(png_16_bit(2, values)), values >> 8)


def test_16_bits_with_opacity_keep_their_high_bytes():
    grey, alpha = VALUES, VALUES[::-1]
    expected = over_white(grey >> 8, alpha >> 8)
    found = read_image(png_16_bit(4, np.dstack([grey, alpha])))
    # Pillow opens it as RGB; the channels are the grey one.
    np.testing.assert_array_equal(found, np.dstack([expected] * 3))
    rgb = np.dstack([VALUES, VALUES[::-1], VALUES])
    found = read_image(png_16_bit(6, np.dstack([rgb, alpha])))
    np.testing.assert_array_equal(found, over_white(rgb >> 8, alpha >> 8))


def test_16_bit_grey_with_a_transparent_value():
    data = png_16_bit(0, VALUES, (b"tRNS", struct.pack(">H", 256)))
    assert read_image(data).tolist() == [[0, 0, 255], [127, 254, 255]]


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_without_a_defined_range_are_refused(mode):
    image = image_module.new(mode, (2, 2))
    with pytest.raises(InvalidInputError, match=f"mode {mode}, whose range is not defined"):
        read_image(image)
    with pytest.raises(InvalidInputError, match="expected 8 or 16 bits a channel"):
        read_image(encoded(image, "TIFF"))


def test_signed_16_bits_have_no_defined_range():
    signed = encoded(image_module.fromarray(VALUES), "TIFF", tiffinfo={339: 2})  # SampleFormat
    with pytest.raises(InvalidInputError, match="whose range is not defined"):
        read_image(signed)


UPRIGHT = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
# How a camera stores the upright image for each EXIF orientation (tag 274).
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT),
    7: UPRIGHT[::-1, ::-1].T,
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("orientation", STORED)
def test_the_exif_orientation_is_applied(orientation):
    image = image_module.fromarray(np.ascontiguousarray(STORED[orientation]))
    exif = image_module.Exif()
    exif[274] = orientation
    np.testing.assert_array_equal(read_image(encoded(image, exif=exif)), UPRIGHT)


UPRIGHT_FROM = {  # BUNDLE.md: of an image stored as h rows and w columns
    1: lambda s, y, x, h, w: s[y][x],
    2: lambda s, y, x, h, w: s[y][w - 1 - x],
    3: lambda s, y, x, h, w: s[h - 1 - y][w - 1 - x],
    4: lambda s, y, x, h, w: s[h - 1 - y][x],
    5: lambda s, y, x, h, w: s[x][y],
    6: lambda s, y, x, h, w: s[h - 1 - x][y],
    7: lambda s, y, x, h, w: s[h - 1 - x][w - 1 - y],
    8: lambda s, y, x, h, w: s[x][w - 1 - y],
    9: lambda s, y, x, h, w: s[y][x],  # unknown
}


@pytest.mark.parametrize("orientation", UPRIGHT_FROM)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_the_exif_orientation_by_the_specification(orientation, kind):
    stored = RGB
    h, w = stored.shape[:2]
    height, width = (w, h) if 5 <= orientation <= 8 else (h, w)
    rule = UPRIGHT_FROM[orientation]
    expected = [[rule(stored, y, x, h, w).tolist() for x in range(width)] for y in range(height)]
    exif = image_module.Exif()
    exif[274] = orientation
    found = read_image(encoded(image_module.fromarray(stored), kind, exif=exif))
    assert found.tolist() == expected


def test_an_orientation_that_only_xmp_states():
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<x:xmpmeta><a tiff:Orientation="6"/></x:xmpmeta>')
    data = encoded(image_module.fromarray(np.ascontiguousarray(STORED[6])), pnginfo=info)
    np.testing.assert_array_equal(read_image(data), UPRIGHT)


def test_of_several_frames_the_first_is_taken():
    frames = [image_module.new("RGB", (2, 2), color) for color in (RED, HALF_BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (read_image(data) == RED).all()


def test_a_pil_image_is_left_as_it_was():
    image = merged("LA", GREY, ALPHA)
    before = image.tobytes()
    read_image(image)
    assert (image.mode, image.tobytes()) == ("LA", before)


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [
        (9500, 9500, "expected at most 89478485 pixels, got 9500 x 9500|exceeds limit of 89478485"),
        (60_000, 60_000, "is too large: Image size .* pixels"),
    ],
)
def test_a_decompression_bomb_is_refused_before_it_is_decoded(width, height, message):
    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    small = encoded(image_module.new("L", (1, 1)))
    head = b"IHDR" + size
    bomb = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    with pytest.raises(InvalidInputError, match=message):
        read_image(bomb)


def test_a_pil_image_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_PIXELS", 3)
    with pytest.raises(InvalidInputError, match="at most 3 pixels, got 2 x 2; shrink it first"):
        read_image(image_module.new("L", (2, 2)))


def test_a_wrong_checksum_is_a_damaged_image():
    data = bytearray(encoded(image_module.fromarray(RGB)))
    data[45] ^= 0xFF
    with pytest.raises(InvalidInputError, match="is damaged or truncated and was not decoded"):
        read_image(bytes(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_any_damage_is_refused_or_gives_pixels(kind):
    rng = np.random.default_rng(5)
    data = encoded(image_module.fromarray(RGB), kind)
    for _ in range(150):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] = rng.integers(256)
        try:
            found = read_image(bytes(damaged))
        except InvalidInputError:
            continue
        assert found.dtype == np.uint8
        assert found.ndim == 2 or found.shape[2] == 3
