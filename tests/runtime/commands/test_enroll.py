import pytest

import twinlet
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
