"""`twinlet calibrate` on the tiny bundle: worlds of random pictures plus noise, and galleries."""

import json
from pathlib import Path

import numpy as np
import pytest

import twinlet
from twinlet.bundle import Bundle
from twinlet.cli import main
from twinlet_train.unseen import _Part

TINY = Path(__file__).parents[2] / "data" / "tiny.twin"


def pictures(identities, images, *, noise=25.0, seed=1):
    """Uint8 images (n, 8, 8, 1) and whom they show."""
    rng = np.random.default_rng(seed)
    faces = rng.uniform(0, 255, size=(identities, 1, 8, 8, 1))
    shots = faces + rng.normal(0, noise, size=(identities, images, 8, 8, 1))
    return (
        np.clip(np.rint(shots), 0, 255).astype(np.uint8).reshape(-1, 8, 8, 1),
        np.repeat(np.arange(identities), images),
    )


@pytest.fixture
def npz(tmp_path):
    def write(identities=40, each=4, **changes):
        pixels, labels = pictures(identities, each)
        np.savez(tmp_path / "own.npz", **{"images": pixels, "labels": labels, **changes})
        return str(tmp_path / "own.npz")

    return write


@pytest.fixture
def gallery(tmp_path):
    """Enrol so many identities with so many images each."""

    def enrolled(identities=40, images=1, *, file="onnx-fp32", templates="float32"):
        path = tmp_path / "people.db"
        verifier = twinlet.load(TINY, file=file)
        pixels, labels = pictures(identities, images)
        with twinlet.Gallery.open(path, verifier, templates=templates) as opened:
            for identity in range(identities):
                opened.enroll(f"id {identity}", list(pixels[labels == identity]))
        return str(path)

    return enrolled


@pytest.fixture
def calibrate(capsys, tmp_path):
    def run(*words, bundle=TINY, name="new.twin"):
        out = tmp_path / name
        code = main(["calibrate", str(bundle), "--out", str(out), *words, "--json"])
        said = capsys.readouterr()
        assert code == 0, said.err
        return Bundle.open(out), json.loads(said.out)

    return run


@pytest.fixture
def refused(capsys, tmp_path):
    def run(*words, bundle=TINY, out="new.twin"):
        before = sorted(tmp_path.iterdir())
        assert main(["calibrate", str(bundle), "--out", str(tmp_path / out), *words]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        assert sorted(tmp_path.iterdir()) == before  # nothing is left behind
        return said.err.splitlines()[-1]

    return run


def test_every_file_gets_thresholds_of_the_data(calibrate, npz):
    shipped = Bundle.open(TINY)
    new, said = calibrate("--data", npz(), "--fmr", "0.05", "0.1")
    assert list(said["files"]) == list(new.manifest.files) == ["litert-fp32", "onnx-fp32"]
    assert said["default_fmr"] == new.manifest.default_fmr == 0.05
    for name, file in new.manifest.files.items():
        assert new.read(file.path) == shipped.read(file.path)
        assert (file.calibration.unit, file.calibration.identities) == ("identity", 40)
        for target, point in said["files"][name]["fmr"].items():
            assert point["threshold"] == file.calibration.point_for(float(target)).threshold
            assert point["threshold"] == max(point["shipped"], point["fitted"])
            assert point["fmr"] <= point["fmr_upper"] <= float(target)
            assert point["shipped_promise"]["verdict"] in ("inside", "not enough data")
            assert 0.0 <= point["fnmr_interval"][0] <= point["fnmr"] <= point["fnmr_interval"][1]
    (step,) = new.manifest.provenance["recalibrations"]
    assert step == said["recalibration"]
    assert step["drift"]["onnx-fp32"]["change"] == "none seen"
    assert twinlet.load(new.path).fmr == 0.05


def test_without_rates_the_default_is_held_and_others_as_far_as_possible(calibrate, npz):
    new, said = calibrate("--data", npz(25, 3), "--file", "onnx-fp32")
    assert new.manifest.default_fmr == 0.01
    assert list(said["files"]["onnx-fp32"]["fmr"]) == ["0.01", "0.1"]
    assert list(new.manifest.refused) == ["1e-06", "0.001"]
    assert said["recalibration"]["kept_as_shipped"] == ["litert-fp32"]
    kept = Bundle.open(TINY).manifest.files["litert-fp32"]
    assert new.manifest.files["litert-fp32"] == kept


def test_the_verdict_on_the_data_that_calibrated_is_marked(calibrate, npz, capsys):
    data = npz()
    new, _ = calibrate("--data", data, "--fmr", "0.05")
    assert main(["evaluate", str(new.path), "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["in_sample"] is True
    assert main(["evaluate", str(TINY), "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["in_sample"] is False


def test_lower_thresholds_only_when_allowed(calibrate, npz, capsys, tmp_path):
    data = npz()
    strict, _ = calibrate("--data", data, "--fmr", "0.1", "--confidence", "0.9999", name="1.twin")
    kept, said = calibrate("--data", data, "--fmr", "0.1", bundle=strict.path, name="2.twin")
    point = said["files"]["onnx-fp32"]["fmr"]["0.1"]
    assert point["threshold"] == point["shipped"] > point["fitted"]
    words = ("--data", data, "--fmr", "0.1", "--allow-lower")
    _, said = calibrate(*words, bundle=strict.path, name="3.twin")
    point = said["files"]["onnx-fp32"]["fmr"]["0.1"]
    assert point["threshold"] == point["fitted"] < point["shipped"]
    assert said["recalibration"]["lowered"]["onnx-fp32"]["0.1"]["threshold"] == point["threshold"]
    assert kept.manifest.files["onnx-fp32"].operating_points[0].threshold > point["threshold"]

    out = str(tmp_path / "4.twin")
    assert main(["calibrate", str(strict.path), "--out", out, *words]) == 0
    assert "LOWER than the shipped" in capsys.readouterr().out


def test_a_person_is_told_what_the_new_bundle_promises_and_lacks(npz, capsys, tmp_path):
    words = ("calibrate", str(TINY), "--data", npz(), "--file", "onnx-fp32")
    out = str(tmp_path / "5.twin")
    assert main([*words, "--fmr", "0.05", "--out", out]) == 0
    said = capsys.readouterr().out
    assert "promised for other identities, each rate at 95% confidence" in said
    assert "default FMR 5 %, shipped 1 %: apps that name no rate let MORE through" in said
    assert "log-likelihood ratios (verify --prior): none in the new bundle" in said
    assert main(["inspect", out]) == 0
    assert "measured on the very comparisons that chose the thresholds" in capsys.readouterr().out


def test_the_unit_is_images_where_the_bundle_was_trained_on_these_identities(
    calibrate, npz, monkeypatch
):
    monkeypatch.setattr("twinlet_train.unseen._part", known_identities)
    new, said = calibrate("--data", npz(5, 20), "--fmr", "0.1")
    assert new.manifest.files["onnx-fp32"].calibration.unit == "image"
    assert said["recalibration"]["unit"] == "image"


def known_identities(data, manifest):
    everything = np.arange(len(data.labels))
    return _Part(everything, everything[:0], "all images of the data", "image")


def test_images_of_the_same_identities_and_point_estimates(calibrate, npz, capsys):
    data = npz(5, 20)
    new, said = calibrate("--data", data, "--unit", "image", "--fmr", "0.1")
    assert new.manifest.files["onnx-fp32"].calibration.unit == "image"
    assert said["recalibration"]["promised"] is True
    new, said = calibrate("--data", data, "--point-estimates", "--fmr", "0.1", name="2.twin")
    assert not new.manifest.files["onnx-fp32"].calibration.promised
    assert said["files"]["onnx-fp32"]["fmr"]["0.1"]["fmr_upper"] is None
    assert main(["evaluate", str(new.path), "--data", data]) == 0
    assert "point estimates, which promised nothing" in capsys.readouterr().out


def test_a_gallery_calibrates_the_file_it_is_made_with(calibrate, gallery):
    new, said = calibrate("--gallery", gallery(40, 2), "--fmr", "0.1")
    assert list(said["files"]) == ["onnx-fp32"]
    calibration = new.manifest.files["onnx-fp32"].calibration
    assert (calibration.identities, calibration.images) == (40, 80)
    assert calibration.comparisons == 80 * 78 // 2
    assert said["files"]["onnx-fp32"]["fmr"]["0.1"]["fnmr"] is not None
    assert "id 3" not in new.read("manifest.json").decode()  # nobody's id goes with the bundle


def test_one_template_an_identity_leaves_fnmr_unknown(calibrate, gallery, capsys):
    path = gallery(60, 1)
    new, said = calibrate("--gallery", path, "--fmr", "0.1")
    assert said["files"]["onnx-fp32"]["fmr"]["0.1"]["fnmr"] is None
    assert said["recalibration"]["fnmr"] == "unknown: no identity has two templates"
    assert new.manifest.files["onnx-fp32"].operating_points == ()
    assert main(["inspect", str(new.path)]) == 0
    assert "FNMR not measured" in capsys.readouterr().out
    image = pictures(60, 1)[0][0]
    with twinlet.Gallery.open(path, twinlet.load(new.path, file="onnx-fp32")) as opened:
        assert opened.identify(image, fpir=0.9999).candidates[0].id == "id 0"


def test_a_bundle_without_operating_points_is_evaluated_at_its_default(
    calibrate, gallery, npz, capsys
):
    new, _ = calibrate("--gallery", gallery(60, 1), "--fmr", "0.1")
    words = ["evaluate", str(new.path), "--data", npz(), "--file", "onnx-fp32", "--json"]
    assert main(words) == 0
    assert list(json.loads(capsys.readouterr().out)["files"]["onnx-fp32"]["fmr"]) == ["0.1"]


def test_what_the_data_do_not_support_is_named(refused, npz):
    few = refused("--data", npz(9, 5), "--fmr", "0.1")
    assert "litert-fp32: cannot calibrate: a promise at 95% confidence for other identities" in few
    assert "at least 10 identities" in few
    assert "got 9 (900 non-mated comparisons among 45 images" in few
    rare = refused("--data", npz(20, 3), "--fmr", "1e-6")
    assert "cannot calibrate for FMR 1e-06" in rare
    assert "20 identities" in rare


def test_few_enrolled_identities_are_named(refused, gallery):
    said = refused("--gallery", gallery(6, 2), "--fmr", "0.1")
    assert "got 6 (60 non-mated comparisons among 12 images of 6 identities)" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "nowhere"), "no data at nowhere"),
        (("--gallery", "nowhere.db"), "there is no gallery at nowhere.db"),
        ((), "one of the arguments --data --gallery is required"),
        (("--data", "digits", "--gallery", "x.db"), "not allowed with argument --data"),
        (("--data", "digits", "--fmr", "0"), "FMR must lie strictly between 0 and 1, got 0"),
        (("--data", "digits", "--file", "onnx-fp99"), "has no file 'onnx-fp99'"),
        (("--data", "digits", "--fmr", "0.6"), "at most 0.5, got 0.6"),
        (("--data", "digits", "--confidence", "0.3"), "confidence must lie strictly between 0.5"),
        (("--data", "digits", "--confidence", "nan"), "confidence must lie strictly between 0.5"),
        # Before the data are looked for: nothing is embedded in vain.
        (("--data", "nowhere", "--confidence", "7", "--point-estimates"), "0.5 and 1, got 7"),
        (("--data", "nowhere", "--confidence", "high"), "such as 0.95, got 'high'"),
        (("--data", "digits", "--unit", "pair"), "invalid choice: 'pair'"),
    ],
)
def test_mistakes_are_named(refused, words, message):
    assert message in refused(*words)


def test_bad_places_are_named(refused, npz, tmp_path):
    data = npz()
    assert "there is no folder" in refused("--data", data, out="no/new.twin")
    assert "it is a folder; name a file" in refused("--data", data, out=".")
    assert "there is no bundle at" in refused("--data", data, bundle=tmp_path / "none.twin")
    copy = tmp_path / "copy.twin"
    copy.write_bytes(TINY.read_bytes())
    assert "it is the shipped bundle" in refused("--data", data, bundle=copy, out="copy.twin")
    assert copy.read_bytes() == TINY.read_bytes()


def test_unusable_data_are_named(refused, npz, tmp_path):
    pixels, labels = pictures(12, 3)
    (tmp_path / "empty").mkdir()
    assert "no images in" in refused("--data", str(tmp_path / "empty"))
    assert "needs at least 2 classes" in refused("--data", npz(1, 9))
    assert "a mated comparison needs 2" in refused("--data", npz(12, 1))
    assert "`labels` must be 36 integers" in refused("--data", npz(12, 3, labels=labels[:-1]))
    twice = pixels.copy()
    twice[20] = twice[2]
    said = refused("--data", npz(12, 3, images=twice))
    assert "1 images are there under two identities" in said
    assert "image 2 as '00' and image 20 as '06'" in said
    split = np.tile(["train", "test", "test"], 12)
    shared = pixels.copy()
    shared[1] = shared[0]
    said = refused("--data", npz(12, 3, images=shared, split=split))
    assert "1 images of the test part are in the rest of the data too" in said


def test_unusable_galleries_are_named(refused, gallery, tmp_path):
    path = gallery(20, 1)
    assert "a gallery holds templates of one file" in refused("--gallery", path, "--file", "all")
    assert "was made with the file onnx-fp32" in refused("--gallery", path, "--file", "litert-fp32")
    (tmp_path / "text.db").write_text("this is not a gallery\n" * 100)
    assert "is no gallery" in refused("--gallery", str(tmp_path / "text.db"))
    twinlet.Gallery.open(tmp_path / "none.db", twinlet.load(TINY)).close()
    assert "is empty; enrol identities first" in refused("--gallery", str(tmp_path / "none.db"))
    Path(path).unlink()
    said = refused("--gallery", gallery(20, 1, templates="int8"))
    assert "keeps int8 templates, and thresholds are calibrated on float32 ones" in said


def test_embeddings_that_are_no_numbers_are_named(refused, npz, monkeypatch):
    from twinlet.verifier import Verifier

    def embed(self, pixels):
        from twinlet.templates import normalise

        return normalise(np.full((len(pixels), 8), np.nan))

    monkeypatch.setattr(Verifier, "embed", embed)
    assert "embedding 0 has length nan" in refused("--data", npz())
