from dataclasses import replace

import pytest

import twinlet
from twinlet.bundle import write_bundle
from twinlet.commands.galleries import load_for


def test_without_a_gallery_the_bundles_default_is_loaded(tiny, tmp_path):
    loaded = load_for(str(tmp_path / "new.db"), str(tiny), file=None)
    assert loaded.file == twinlet.load(tiny).file


def test_the_file_a_gallery_is_made_with_is_loaded(both_engines, tiny, tmp_path):
    for name in both_engines:
        path = str(tmp_path / f"{name}.db")
        twinlet.Gallery.open(path, twinlet.load(tiny, file=name)).close()
        assert load_for(path, str(tiny), file=None).file == name


def test_the_file_asked_for_is_loaded(both_engines, tiny, tmp_path):
    """Whether it is the gallery's is checked when the gallery is opened."""
    made_with, other = both_engines
    path = str(tmp_path / "people.db")
    twinlet.Gallery.open(path, twinlet.load(tiny, file=made_with)).close()
    verifier = load_for(path, str(tiny), file=other)
    assert verifier.file == other
    with pytest.raises(twinlet.GalleryError, match=f"use --file {made_with}"):
        twinlet.Gallery.open(path, verifier)


def test_a_bundle_without_the_gallerys_file_is_another_bundle(
    both_engines, tiny, contents, tmp_path
):
    """The user hears of the two bundles, not of a file they never named."""
    kept, dropped = contents.files
    golden = replace(
        contents.golden,
        **{
            part: {kept.entry.name: getattr(contents.golden, part)[kept.entry.name]}
            for part in ("templates", "similarities", "decisions")
        },
    )
    smaller = tmp_path / "smaller.twin"
    write_bundle(
        replace(contents, bundle_id="1" * 64, files=(kept,), golden=golden, left_out={}), smaller
    )
    path = str(tmp_path / "people.db")
    twinlet.Gallery.open(path, twinlet.load(tiny, file=dropped.entry.name)).close()
    verifier = load_for(path, str(smaller), file=None)
    assert verifier.file == kept.entry.name
    with pytest.raises(twinlet.GalleryError, match="was made with bundle"):
        twinlet.Gallery.open(path, verifier)
