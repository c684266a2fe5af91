import pytest

import twinlet
from twinlet.commands import enroll
from twinlet.commands.identify import COMMAND


@pytest.fixture
def gallery(run, tiny, decided, tmp_path):
    """A gallery with one image of one identity, `decided[False][0]`."""
    path = tmp_path / "people.db"
    run(enroll.COMMAND, tiny, "--gallery", path, "ann", decided[False][0])
    return path


def test_someone(run, tiny, gallery, decided):
    outcome = run(COMMAND, tiny, "--gallery", gallery, decided[False][0])
    assert outcome.exit_code == 0
    assert outcome.payload["unknown"] is False
    (candidate,) = outcome.payload["candidates"]
    assert candidate["id"] == "ann"
    assert candidate["similarity"] == pytest.approx(1.0, abs=1e-3)  # arccos near 1 magnifies
    assert outcome.text.startswith("ann (threshold ")


def test_unknown_is_an_answer(run, tiny, gallery, decided, bundle):
    """With one template the FPIR is the FMR, at which this pair is known not to match."""
    rate = bundle.manifest.default_fmr
    outcome = run(COMMAND, tiny, "--gallery", gallery, decided[False][1], "--fpir", rate)
    assert outcome.exit_code == 1
    assert outcome.payload["unknown"] is True
    assert outcome.payload["fpir"] == rate
    heading, candidate = outcome.text.splitlines()
    assert heading.startswith("unknown (threshold ")
    assert candidate.startswith("  1. ann  ")


def test_an_empty_gallery_knows_nobody(run, tiny, decided, tmp_path):
    path = tmp_path / "people.db"
    twinlet.Gallery.open(path, twinlet.load(tiny)).close()
    outcome = run(COMMAND, tiny, "--gallery", path, decided[True][0])
    assert (outcome.exit_code, outcome.payload["candidates"]) == (1, ())
    assert outcome.text == "unknown: the gallery is empty"


def test_all_unknown_are_ranked_all_the_same(run, tiny, images, tmp_path, bundle):
    path = tmp_path / "people.db"
    for number in (0, 2, 4):
        run(enroll.COMMAND, tiny, "--gallery", path, f"id-{number}", images[number])
    for stranger in images[6:12]:
        outcome = run(COMMAND, tiny, "--gallery", path, stranger, "--fpir", 0.05)
        assert outcome.exit_code == 1
        assert outcome.payload["unknown"] is True
        assert len(outcome.payload["candidates"]) == 3
        # 0.05 of all searches among three templates: a third of it for each.
        calibration = next(iter(bundle.manifest.files.values())).calibration
        assert outcome.payload["threshold"] == calibration.point_for(0.05 / 3).threshold


def test_a_gallery_that_outgrew_its_calibration_names_the_ways_out(
    run, tiny, gallery, images, bundle
):
    lowest = next(iter(bundle.manifest.files.values())).calibration.lowest
    fpir = f"{1.5 * lowest:.6g}"
    before = run(COMMAND, tiny, "--gallery", gallery, images[0], "--fpir", fpir)
    assert before.exit_code in (0, 1)
    run(enroll.COMMAND, tiny, "--gallery", gallery, "ben", images[6])
    with pytest.raises(
        twinlet.CalibrationError,
        match=r"cannot search 2 templates at FPIR .*; raise the target FPIR to .*, enrol 1 "
        r"template at most, or calibrate with more identities",
    ):
        run(COMMAND, tiny, "--gallery", gallery, images[0], "--fpir", fpir)
    assert run(COMMAND, tiny, "--gallery", gallery, images[0], "--fpir", 0.2).payload["candidates"]


def test_a_missing_gallery_is_not_made(run, tiny, decided, tmp_path):
    path = tmp_path / "people.db"
    with pytest.raises(twinlet.GalleryError, match="there is no gallery at"):
        run(COMMAND, tiny, "--gallery", path, decided[True][0])
    assert not path.exists()
