"""A gallery of int8 templates, and int8 templates in a gallery of float32 ones."""

from dataclasses import replace

import pytest

import twinlet
from twinlet import CalibrationError, Gallery, GalleryError, InvalidInputError
from twinlet.encodings import Pairing


@pytest.fixture
def small(path, verifier, probes):
    """The gallery `full`, as int8."""
    with Gallery.open(path, verifier, templates="int8") as gallery:
        for number in range(6):
            gallery.enroll(f"id-{number}", [probes[2 * number]])
        yield gallery


def test_an_int8_gallery_is_searched_at_its_own_thresholds(small, probes, verifier):
    assert small.templates == "int8"
    enrolled = [verifier.template(probes[2 * number]).to_int8() for number in range(6)]
    for probe, pairing in (
        (verifier.template(probes[1]), Pairing.CROSS),
        (verifier.template(probes[1]).to_int8(), Pairing.INT8),
    ):
        found = small.identify(probe, top=3)
        expected = sorted(
            (-verifier.verify(probe, template).similarity, f"id-{number}")
            for number, template in enumerate(enrolled)
        )[:3]
        assert [(-one.similarity, one.id) for one in found.candidates] == expected
        calibration = verifier.entry.calibration_for(pairing)
        assert found.threshold == calibration.point_for(1 - 0.95 ** (1 / 6)).threshold
        assert found.unknown == (-expected[0][0] < found.threshold)


def test_an_int8_probe_in_a_float32_gallery(full, probes, verifier):
    probe = verifier.template(probes[1]).to_int8()
    found = full.identify(probe)
    calibration = verifier.entry.calibration_for(Pairing.CROSS)
    assert found.threshold == calibration.point_for(1 - 0.95 ** (1 / 6)).threshold
    best = max(verifier.verify(probe, probes[2 * number]).similarity for number in range(6))
    assert found.candidates[0].similarity == best


def test_an_int8_gallery_keeps_a_byte_a_number(small, path, probes, verifier):
    template = verifier.template(probes[4])
    assert template.to_int8().vector.tobytes() in path.read_bytes()
    assert template.vector.tobytes() not in path.read_bytes()
    small.enroll("id-2", [template.to_int8()])  # as it is
    assert small.remove("id-2") == 2
    assert template.to_int8().vector.tobytes() not in path.read_bytes()


def test_an_int8_gallery_is_opened_as_it_is(small, path, verifier, probes):
    expected = small.identify(probes[1])
    small.close()
    for templates in (None, "int8"):
        with Gallery.open(path, verifier, templates=templates) as again:
            assert again.templates == "int8"
            assert again.identify(probes[1]) == expected


@pytest.mark.parametrize(("kept", "wanted"), [("float32", "int8"), ("int8", "float32")])
def test_no_gallery_is_converted(path, verifier, probes, kept, wanted):
    with Gallery.open(path, verifier, templates=kept) as gallery:
        gallery.enroll("ada", [probes[0]])
    before = path.read_bytes()
    with pytest.raises(GalleryError) as caught:
        Gallery.open(path, verifier, templates=wanted)
    assert f"keeps {kept} templates, {wanted} ones were asked for" in str(caught.value)
    assert "enrol into a new gallery" in str(caught.value)
    assert path.read_bytes() == before


def test_an_int8_template_is_not_enrolled_as_float32(gallery, verifier, probes):
    with pytest.raises(InvalidInputError, match="keeps float32 templates, got an int8 one"):
        gallery.enroll("ada", [probes[0], verifier.template(probes[1]).to_int8()])
    assert len(gallery) == 0


def test_an_unknown_encoding_makes_no_gallery(path, verifier):
    with pytest.raises(InvalidInputError, match="kept as float32 or int8, got 'int4'"):
        Gallery.open(path, verifier, templates="int4")
    assert not path.exists()


def test_an_older_bundle_keeps_no_int8_templates(path, verifier):
    older = replace(verifier, entry=replace(verifier.entry, compact={}))
    with pytest.raises(CalibrationError, match="export it again, or keep templates as float32"):
        Gallery.open(path, older, templates="int8")
    assert not path.exists()
    Gallery.open(path, verifier, templates="int8").close()
    with pytest.raises(CalibrationError, match="holds no thresholds of"):
        Gallery.open(path, older)


def test_an_older_bundle_opens_a_float32_gallery(full, path, verifier, probes):
    older = replace(verifier, entry=replace(verifier.entry, compact={}))
    with Gallery.open(path, older) as gallery:
        assert gallery.identify(probes[1]) == full.identify(probes[1])
        with pytest.raises(CalibrationError, match="holds no thresholds of"):
            gallery.identify(verifier.template(probes[1]).to_int8())


def test_an_int8_gallery_of_another_bundle(small, path, other, verifier):
    with pytest.raises(GalleryError, match="made with bundle"):
        Gallery.open(path, twinlet.load(other, file=verifier.file), templates="int8")
