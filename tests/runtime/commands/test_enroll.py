import pytest

import twinlet
from twinlet.commands import identify
from twinlet.commands.enroll import COMMAND


def test_what_is_enrolled_is_counted_and_found(run, tiny, images, tmp_path):
    gallery = tmp_path / "people.db"
    first = run(COMMAND, tiny, "--gallery", gallery, "ann", *images[:2])
    assert first.text == f"enrolled 2 images of ann; {gallery} holds 1 identity"
    second = run(COMMAND, tiny, "--gallery", gallery, "ann", images[2])
    third = run(COMMAND, tiny, "--gallery", gallery, "bob", images[4])
    counts = [
        [outcome.payload[key] for key in ("id", "enrolled", "identities")]
        for outcome in (first, second, third)
    ]
    assert counts == [["ann", 2, 1], ["ann", 1, 1], ["bob", 1, 2]]
    verifier = twinlet.load(tiny)
    assert third.payload["file"] == verifier.file
    assert third.payload["bundle_id"] == verifier.bundle_id
    with twinlet.Gallery.open(gallery, verifier) as opened:
        assert opened.ids() == ("ann", "bob")


def test_an_unusable_image_enrols_nothing_and_makes_no_gallery(run, tiny, images, tmp_path):
    gallery = tmp_path / "people.db"
    with pytest.raises(twinlet.InvalidInputError):
        run(COMMAND, tiny, "--gallery", gallery, "ann", images[0], tmp_path / "missing.npy")
    assert not gallery.exists()


@pytest.mark.parametrize("identity", [" ada", "", "a\nb"])
def test_an_unusable_id_enrols_nothing_and_makes_no_gallery(run, tiny, images, tmp_path, identity):
    gallery = tmp_path / "people.db"
    with pytest.raises(twinlet.InvalidInputError, match="cannot enrol under the id"):
        run(COMMAND, tiny, "--gallery", gallery, identity, images[0])
    assert not gallery.exists()


def test_a_gallery_of_int8_templates(run, tiny, images, tmp_path):
    gallery = tmp_path / "people.db"
    words = (tiny, "--gallery", gallery)
    first = run(COMMAND, *words, "ann", *images[:2], "--templates", "int8")
    second = run(COMMAND, *words, "bob", images[2])
    assert [outcome.payload["templates"] for outcome in (first, second)] == ["int8", "int8"]
    with pytest.raises(twinlet.GalleryError, match="keeps int8 templates, float32 ones were"):
        run(COMMAND, *words, "cem", images[4], "--templates", "float32")
    found = run(identify.COMMAND, *words, images[0])
    assert found.payload["candidates"][0]["id"] == "ann"
    calibration = twinlet.load(tiny).entry.calibration_for("float32-int8")
    assert found.payload["threshold"] == calibration.point_for(1 - 0.95 ** (1 / 3)).threshold


def test_a_new_gallery_keeps_float32(run, tiny, images, tmp_path):
    outcome = run(COMMAND, tiny, "--gallery", tmp_path / "people.db", "ann", images[0])
    assert outcome.payload["templates"] == "float32"
