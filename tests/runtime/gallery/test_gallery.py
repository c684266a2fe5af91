"""Enrolling, searching, removing; and refusing what does not belong together."""

import numpy as np
import pytest

import twinlet
from twinlet import CalibrationError, Gallery, GalleryError, InvalidInputError


def test_an_empty_gallery_knows_nobody(gallery, probes):
    found = gallery.identify(probes[0])
    assert found.candidates == ()
    assert found.unknown
    assert found.fpir == 0.05
    assert len(gallery) == 0
    assert gallery.ids() == ()


def test_an_empty_gallery_holds_every_target(gallery, probes, verifier):
    found = gallery.identify(probes[0], fpir=1e-9)
    assert (found.unknown, found.candidates, found.fpir) == (True, (), 1e-9)
    assert found.threshold == verifier.entry.calibration.supported[0].threshold
    gallery.enroll("ada", [probes[0]])
    with pytest.raises(CalibrationError, match="cannot search 1 template at FPIR 1e-09"):
        gallery.identify(probes[0], fpir=1e-9)


def test_one_identity_is_the_probe_or_it_is_not(gallery, probes):
    gallery.enroll("ada", [probes[0]])
    assert [gallery.identify(probe).unknown for probe in (probes[1], probes[15])] == [False, True]


def test_a_search_is_a_verification_of_everybody(full, probes, verifier):
    assert len(full) == 6
    assert full.ids() == tuple(f"id-{number}" for number in range(6))
    for probe in probes:
        found = full.identify(probe, top=3)
        expected = sorted(
            (-verifier.verify(probe, probes[2 * number]).similarity, f"id-{number}")
            for number in range(6)
        )[:3]
        assert [(-found.similarity, found.id) for found in found.candidates] == expected
        assert found.unknown == (-expected[0][0] < found.threshold)


def test_somebody_is_found_and_strangers_are_unknown(full, probes):
    known = full.identify(probes[0])
    assert not known.unknown
    assert known.candidates[0].id == "id-0"
    stranger = full.identify(probes[15])
    assert stranger.unknown
    assert len(stranger.candidates) == 5  # the ranking is given all the same


def test_the_best_of_an_identitys_templates_counts(gallery, probes, verifier):
    assert gallery.enroll("ada", [probes[0], probes[4]]) == 2
    assert gallery.enroll("ada", [probes[2]]) == 1
    assert len(gallery) == 1
    best = max(verifier.verify(probes[3], probes[row]).similarity for row in (0, 2, 4))
    assert gallery.identify(probes[3]).candidates[0].similarity == best


def test_templates_can_be_enrolled_and_searched(gallery, probes, verifier):
    gallery.enroll("ada", verifier.templates(probes[:2]))
    assert not gallery.identify(verifier.template(probes[0])).unknown


def test_the_threshold_follows_the_gallery(gallery, probes, verifier):
    thresholds = []
    for number in range(5):
        gallery.enroll(f"id-{number}", [probes[number]])
        thresholds.append(gallery.identify(probes[15]).threshold)
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]
    calibration = verifier.entry.calibration
    assert thresholds[-1] == calibration.point_for(0.05 / 5).threshold
    for number in range(4):
        gallery.remove(f"id-{number}")
    assert gallery.identify(probes[15]).threshold == thresholds[0]


def test_a_gallery_too_large_for_the_target(full, probes):
    with pytest.raises(CalibrationError, match=r"cannot search 6 templates at FPIR 0\.001"):
        full.identify(probes[0], fpir=0.001)
    assert not full.identify(probes[0], fpir=0.2).unknown


@pytest.mark.parametrize("fpir", [0.0, 1.0, 2.0])
def test_what_is_no_rate(full, probes, fpir):
    with pytest.raises(InvalidInputError, match="FPIR must lie strictly between 0 and 1"):
        full.identify(probes[0], fpir=fpir)


def test_top_is_at_least_one(full, probes):
    with pytest.raises(InvalidInputError, match="top must be at least 1, got 0"):
        full.identify(probes[0], top=0)


def test_removing(full, probes):
    full.enroll("id-2", [probes[5]])
    assert full.remove("id-2") == 2
    assert "id-2" not in full.ids()
    assert all(candidate.id != "id-2" for candidate in full.identify(probes[4], top=9).candidates)
    with pytest.raises(GalleryError, match="has no identity 'id-2'"):
        full.remove("id-2")


@pytest.mark.parametrize("identity", ["\udc80", "", " id-2", "x" * 201, 2, None])
def test_what_is_no_id_is_nobody_to_remove(full, probes, identity):
    full.enroll("2", [probes[5]])
    with pytest.raises(GalleryError) as caught:
        full.remove(identity)
    assert str(caught.value).endswith(f"has no identity {identity!r}")
    assert len(full) == 7


def test_what_is_removed_is_gone_from_the_file(full, path, probes, verifier):
    vector = verifier.template(probes[4]).vector.tobytes()
    assert vector in path.read_bytes()
    full.remove("id-2")
    assert vector not in path.read_bytes()


def test_it_is_all_there_when_opened_again(full, path, verifier, probes):
    expected = full.identify(probes[1])
    full.close()
    with Gallery.open(path, verifier) as again:
        assert again.identify(probes[1]) == expected


@pytest.mark.parametrize(
    "identity", ["", " ", " ada", "ada ", "a\nb", "a\x00b", "\ud800", "x" * 201, 5, None]
)
def test_what_is_no_id(gallery, probes, identity):
    with pytest.raises(InvalidInputError, match="cannot enrol under the id"):
        gallery.enroll(identity, [probes[0]])
    assert len(gallery) == 0


def test_ids_are_any_printable_text(gallery, probes):
    names = ["Åsa Öberg", "李雷", "a'; DROP TABLE templates;--", "x" * 200]
    for name in names:
        gallery.enroll(name, [probes[0]])
    assert set(gallery.ids()) == set(names)
    for name in names:
        gallery.remove(name)
    assert len(gallery) == 0


def test_all_images_or_none(gallery, probes):
    broken = np.zeros((8, 8, 1), dtype=np.float32)
    with pytest.raises(InvalidInputError):
        gallery.enroll("ada", [probes[0], probes[1], broken])
    assert len(gallery) == 0


@pytest.mark.parametrize("images", ["ada.png", b"PNG", np.zeros((8, 8), dtype=np.uint8)])
def test_one_image_is_not_a_list_of_images(gallery, images):
    with pytest.raises(InvalidInputError, match="enroll takes a list of images, got one"):
        gallery.enroll("ada", images)


def test_no_image(gallery):
    with pytest.raises(InvalidInputError, match="no image to enrol for 'ada'"):
        gallery.enroll("ada", [])


def test_a_gallery_of_another_bundle(full, path, other, verifier):
    other_id = "0" * 64
    with pytest.raises(GalleryError) as caught:
        Gallery.open(path, twinlet.load(other, file=verifier.file))
    assert f"made with bundle {verifier.bundle_id}, this is bundle {other_id}" in str(caught.value)


def test_a_gallery_of_another_file(full, path, tiny, verifier, both_engines):
    (another,) = set(both_engines) - {verifier.file}
    with pytest.raises(GalleryError) as caught:
        Gallery.open(path, twinlet.load(tiny, file=another))
    assert f"was made with the file {verifier.file}, this verifier uses {another}" in str(
        caught.value
    )
    assert f"use --file {verifier.file}" in str(caught.value)


def test_both_engines_identify_alike(tmp_path, tiny, probes, both_engines):
    found = []
    for name in both_engines:
        with Gallery.open(tmp_path / f"{name}.db", twinlet.load(tiny, file=name)) as gallery:
            for number in range(6):
                gallery.enroll(f"id-{number}", [probes[2 * number]])
            found.append([gallery.identify(probe) for probe in probes])
    assert found[0] == found[1]


def test_the_file_a_gallery_is_made_with(full, path, tmp_path, verifier):
    assert Gallery.bound_file(path) == verifier.file
    assert Gallery.bound_file(tmp_path / "none.db") == ""
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("not a gallery\n" * 100)
    with pytest.raises(GalleryError, match="is no gallery"):
        Gallery.bound_file(tmp_path / "text.db")


def test_all_templates_with_whose_they_are(full, probes, verifier):
    full.enroll("id-3", [probes[7]])
    vectors, owners = full.enrolled()
    assert owners == ("id-0", "id-1", "id-2", "id-3", "id-3", "id-4", "id-5")
    expected = [verifier.template(probes[n]).vector for n in (0, 2, 4, 6, 7, 8, 10)]
    np.testing.assert_array_equal(vectors, expected)


def test_an_empty_gallery_has_no_templates(gallery, verifier):
    vectors, owners = gallery.enrolled()
    assert vectors.shape == (0, verifier.embedding_size)
    assert owners == ()
