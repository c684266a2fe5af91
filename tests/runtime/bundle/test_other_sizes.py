"""Golden images of other sizes: made by the rule, pixels to the last bit, templates by cosine."""

from dataclasses import replace

import numpy as np
import pytest

import twinlet
from twinlet import BundleError
from twinlet.bundle import Bundle, OtherSizes, Source, make_inputs
from twinlet.bundle.other_sizes import check_sizes, make_source

FILE = "onnx-fp32"


@pytest.fixture
def probes():
    """Two probes, 3 x 5, RGB."""
    return np.random.default_rng(4).integers(0, 256, (2, 3, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize(("height", "width"), [(7, 11), (2, 3), (1, 9), (3, 5)])
def test_a_source_by_the_rule_of_the_specification(probes, channels, grey, height, width):
    probes = probes[..., :1] if grey else probes
    _, big_h, big_w, big_c = probes.shape
    expected = np.zeros((height, width, channels), dtype=np.int64)
    for y in range(height):
        for x in range(width):
            for k in range(min(channels, 3)):
                probe = int(probes[1][y * big_h // height][x * big_w // width][k % big_c])
                value = probe + (5 * x + 3 * y + 7 * k) % 33 - 16
                expected[y, x, k] = min(255, max(0, value))
            if channels == 4:
                expected[y, x, 3] = min(255, 1024 * (x + y) // (height + width))
    found = make_source(Source(1, height, width, channels), probes)
    assert found.dtype == np.uint8
    assert found.shape == ((height, width) if channels == 1 else (height, width, channels))
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_the_pixels_of_the_model_come_from_the_public_way(sized):
    """What `Verifier.template` makes of a source is what the bundle holds."""
    golden = sized.golden
    others = golden.others
    assert others.inputs.shape == (4, 8, 8, 1)
    assert len(np.unique(others.inputs, axis=0)) == 4
    for source, expected in zip(others.sources, others.inputs, strict=True):
        image = make_source(source, golden.probes)
        found = twinlet.preprocessing.to_input(twinlet.images.read_image(image), sized.input)
        np.testing.assert_array_equal(found, expected)


def test_what_was_written_is_read(sized, write):
    bundle = Bundle.open(write(sized))
    others = bundle.golden().others
    assert others.sources == sized.golden.others.sources == bundle.manifest.golden.sources
    np.testing.assert_array_equal(others.inputs, sized.golden.others.inputs)
    assert bundle.read("golden/inputs.bin") == others.inputs.tobytes()
    assert bundle.manifest.entries[f"golden/{FILE}.inputs.templates.bin"].bytes == 4 * 8 * 4
    for name, rows in sized.golden.others.templates.items():
        np.testing.assert_array_equal(others.templates[name], rows)


def test_a_bundle_of_before_has_none(bundle):
    others = bundle.golden().others
    assert (others.sources, len(others.inputs), others.templates) == ((), 0, {})
    assert b"sources" not in bundle.read("manifest.json")
    assert others.to_entries() == {}


def test_a_sound_bundle_loads(sized, write, verifier):
    assert twinlet.load(write(sized), file=verifier.file).file == verifier.file


def changed(sized, **parts):
    golden = sized.golden
    return replace(sized, golden=replace(golden, others=replace(golden.others, **parts)))


def test_other_pixels_are_refused_with_image_size_and_difference(sized, write, verifier):
    inputs = sized.golden.others.inputs.copy()
    inputs[1, 3, 4, 0] ^= 1
    inputs[1, 5, 6, 0] = (int(inputs[1, 5, 6, 0]) + 100) % 200
    largest = np.abs(inputs[1].astype(int) - sized.golden.others.inputs[1]).max()
    path = write(changed(sized, inputs=inputs))
    with pytest.raises(BundleError) as caught:
        twinlet.load(path, file=verifier.file)
    message = str(caught.value)
    assert f"self-test of {verifier.file} failed: the preprocessing made other pixels" in message
    assert "source 1 (25 x 17 x 4, for an input of 8 x 8 x 1): 2 of 64 numbers differ" in message
    assert f"the largest by {largest}, none may" in message
    assert "has cosine 1.000000 to the expected one" in message
    twinlet.load(path, file=verifier.file, self_test=False)


def test_one_level_in_one_pixel_is_refused(sized, write, verifier):
    inputs = sized.golden.others.inputs.copy()
    inputs[3, 7, 7, 0] ^= 1
    with pytest.raises(BundleError, match=r"source 3 \(2 x 42 x 3, .* 1 of 64 .* largest by 1,"):
        twinlet.load(write(changed(sized, inputs=inputs)), file=verifier.file)


def test_a_preprocessing_that_rounds_otherwise_is_refused(sized, write, verifier, monkeypatch):
    from twinlet.preprocessing import resizing

    def truncated(sums):
        return (sums / resizing.ONE).astype(np.uint8)

    path = write(sized)
    monkeypatch.setattr(resizing, "_rounded", truncated)
    with pytest.raises(BundleError, match=r"other pixels of source 0 .* the largest by [12], none"):
        twinlet.load(path, file=verifier.file)


def test_another_template_is_refused_with_its_cosine(sized, write, verifier):
    templates = {name: rows.copy() for name, rows in sized.golden.others.templates.items()}
    for rows in templates.values():
        rows[2] = -rows[2]
    message = r"source 2 \(4 x 6 x 1, .*\) gave a template of cosine -1\.000000 .* at least 0\.9999"
    with pytest.raises(BundleError, match=message):
        twinlet.load(write(changed(sized, templates=templates)), file=verifier.file)


class Fixed:
    """An engine that gives what it was made with, and remembers what it was given."""

    def __init__(self, rows):
        self.rows = rows

    def embed(self, pixels):
        self.seen = pixels
        return self.rows


def check(engine, expected, made, min_cosine=0.9):
    return check_sizes(engine, expected, FILE, made=made, min_cosine=min_cosine)


def test_the_lowest_cosine_is_given_and_the_limit_holds():
    pixels = np.zeros((2, 1, 4, 1), np.uint8)
    expected = OtherSizes(
        (Source(0, 3, 3, 1), Source(0, 2, 2, 1)), pixels, {FILE: np.float32([[1, 0], [0, 1]])}
    )
    engine = Fixed(np.float32([[2, 0], [3, 4]]))  # the second has cosine 4/5
    assert check(engine, expected, pixels, 0.7) == pytest.approx(0.8)
    np.testing.assert_array_equal(engine.seen, pixels)
    with pytest.raises(BundleError, match=r"source 1 .* of cosine 0\.800000 .* at least 0\.81 is"):
        check(engine, expected, pixels, 0.81)


def test_without_sources_no_engine_is_asked():
    assert check(None, OtherSizes(), np.zeros((0, 1, 1, 1), np.uint8)) == 1.0


def test_inputs_have_the_contracts_shape_even_if_none(contents):
    assert make_inputs((), contents.golden.probes, contents.input).shape == (0, 8, 8, 1)
