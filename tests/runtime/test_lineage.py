from dataclasses import replace

import numpy as np
import pytest

import twinlet
from twinlet.bundle import Bundle, write_bundle
from twinlet.calibrating import Source
from twinlet.errors import CalibrationError
from twinlet.lineage import recalibrated_contents, record_of
from twinlet.recalibrating import Terms, recalibrate

SOURCE = Source("all pairs of a made-up world", "f" * 64)
FILE = "onnx-fp32"


@pytest.fixture(scope="module")
def templates():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(40), 4)
    vectors = rng.normal(1.0, 1.0, size=(40, 8))[labels] + 0.4 * rng.normal(size=(160, 8))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


@pytest.fixture
def again(tmp_path, templates):
    """Calibrate files of a bundle anew and write it."""

    def make(bundle, terms, *, files=None, name="again.twin"):
        names = files or list(bundle.manifest.files)
        made = {
            each: recalibrate(bundle.file(each), *templates, terms=terms, source=SOURCE)
            for each in names
        }
        record = record_of(bundle.manifest, made, terms=terms, source=SOURCE, facts={"data": "x"})
        contents = recalibrated_contents(bundle, made, default_fmr=terms.targets[0], record=record)
        write_bundle(contents, tmp_path / name)
        return Bundle.open(tmp_path / name), made, record

    return make


def test_models_and_golden_data_are_the_same_bytes(bundle, again):
    new, _, _ = again(bundle, Terms(targets=(0.05,)))
    kept = [path for path in bundle.manifest.entries if path != "README.md"]
    assert {path: new.manifest.entries[path] for path in kept} == {
        path: bundle.manifest.entries[path] for path in kept
    }
    assert new.manifest.bundle_id == bundle.manifest.bundle_id  # templates stay comparable


def test_what_is_read_back_is_what_was_made(bundle, again):
    new, made, _ = again(bundle, Terms(targets=(0.05,), hoped=(0.1,)))
    for name, one in made.items():
        assert new.manifest.files[name].calibration == one.entry.calibration
        assert new.manifest.files[name].operating_points == one.entry.operating_points
    assert new.manifest.default_fmr == 0.05


def test_it_opens_and_decides_with_the_new_thresholds(bundle, again, probes):
    new, made, _ = again(bundle, Terms(targets=(0.05,)))
    verifier = twinlet.load(new.path)  # whose engine is here; it compares golden decisions
    own = made[verifier.file].entry.calibration
    assert verifier.threshold == own.point_for(0.05).threshold
    assert verifier.threshold > twinlet.load(bundle.path, file=verifier.file, fmr=0.05).threshold
    assert verifier.verify(probes[0], probes[0]).match


def test_the_manifest_says_where_it_comes_from(bundle, again):
    new, _, record = again(bundle, Terms(targets=(0.05,), hoped=(1e-5,)), files=[FILE])
    (step,) = new.manifest.provenance["recalibrations"]
    assert step == record
    assert step["shipped_manifest_sha256"] == bundle.manifest.manifest_sha256
    assert step["data_fingerprint"] == SOURCE.data_fingerprint
    assert (step["files"], step["kept_as_shipped"]) == ([FILE], ["litert-fp32"])
    assert (step["comparisons"], step["identities"], step["images"]) == (12480, 40, 160)
    assert step["lowered"] == {}
    assert "cannot calibrate for FMR 1e-05" in step["refused"]["1e-05"]
    assert new.manifest.refused["1e-05"] == step["refused"]["1e-05"]
    kept = "litert-fp32"
    assert new.manifest.files[kept] == bundle.manifest.files[kept]
    assert new.readme().startswith(f"> Calibrated anew on {step['date']}")
    assert new.readme().endswith(bundle.readme())


def test_steps_follow_each_other(bundle, again):
    first, _, _ = again(bundle, Terms(targets=(0.05,)), name="1.twin")
    second, _, _ = again(first, Terms(targets=(0.1,)), name="2.twin")
    steps = second.manifest.provenance["recalibrations"]
    assert [step["shipped_manifest_sha256"] for step in steps] == [
        bundle.manifest.manifest_sha256,
        first.manifest.manifest_sha256,
    ]


def test_lower_thresholds_are_recorded_and_told(bundle, again):
    # Made stricter first, so that the same data then ask for less than what is shipped.
    strict, _, _ = again(bundle, Terms(targets=(0.05,), confidence=0.9999), name="1.twin")
    terms = Terms(targets=(0.05,), confidence=0.6, allow_lower=True)
    new, made, record = again(strict, terms, name="2.twin")
    move = made[FILE].moves[0]
    assert move.lowered
    assert record["lowered"][FILE]["0.05"] == move.to_json()
    assert "Some thresholds are lower than the shipped ones" in new.readme()
    kept, _, record = again(strict, replace(terms, allow_lower=False), name="3.twin")
    assert record["lowered"] == {}
    assert "No threshold is lower than the shipped one" in kept.readme()


def without_thresholds_below(bundle, target):
    """The bundle with the threshold of one rate at all higher rates too."""

    def raised(entry):
        least = entry.calibration.point_for(target).threshold
        curve = (replace(p, threshold=max(p.threshold, least)) for p in entry.calibration.curve)
        return replace(entry, calibration=replace(entry.calibration, curve=tuple(curve)))

    files = {name: raised(entry) for name, entry in bundle.manifest.files.items()}
    return replace(bundle, manifest=replace(bundle.manifest, files=files))


def test_where_lower_thresholds_are_allowed_nothing_is_claimed_of_rates_not_named(bundle, again):
    first, _, _ = again(bundle, Terms(targets=(0.05,)), name="1.twin")
    shipped = without_thresholds_below(first, 0.05)
    terms = Terms(targets=(0.05,), allow_lower=True)
    new, made, record = again(shipped, terms, name="2.twin")
    before, after = shipped.manifest.files[FILE].calibration, made[FILE].entry.calibration
    assert after.point_for(0.05).threshold == before.point_for(0.05).threshold
    assert after.point_for(0.3).threshold < before.point_for(0.3).threshold
    assert record["lowered"] == {}
    preface = new.readme().splitlines()[0]
    assert "No threshold is lower" not in preface
    assert "at FMR 0.05 none of float32 templates is lower; at other rates, and " in preface


def test_point_estimates_are_named(bundle, again):
    new, _, record = again(bundle, Terms(targets=(0.05,), point_estimates=True))
    assert record["promised"] is False
    assert "point estimates and promise nothing" in new.readme()


def test_a_rate_that_was_refused_before_and_holds_now_is_no_longer_refused(bundle, again):
    refusing = replace(bundle, manifest=replace(bundle.manifest, refused={"0.05": "too few"}))
    assert again(refusing, Terms(targets=(0.05,)))[0].manifest.refused == {}


def test_the_default_must_be_held_by_files_that_are_kept(bundle, again):
    least = bundle.file("litert-fp32").calibration.lowest
    terms = Terms(targets=(least / 1.5,), point_estimates=True)
    with pytest.raises(CalibrationError, match="litert-fp32: cannot calibrate for FMR"):
        again(bundle, terms, files=[FILE])
