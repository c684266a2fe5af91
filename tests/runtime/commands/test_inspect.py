import hashlib

import numpy as np
import pytest

import twinlet
from twinlet.calibrating import Source
from twinlet.commands import inspect
from twinlet.lineage import recalibrated_contents, record_of
from twinlet.recalibrating import IN_SAMPLE, Terms, recalibrate


@pytest.fixture
def calibrated_anew(bundle, write):
    """A bundle whose file onnx-fp32 is calibrated on 40 made-up identities; its path."""

    def written(images):
        rng = np.random.default_rng(3)
        labels = np.repeat(np.arange(40), images)
        vectors = rng.normal(size=(40, 8))[labels] + 0.3 * rng.normal(size=(len(labels), 8))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        terms, source = Terms(targets=(0.2,)), Source("made-up identities", "f" * 64)
        entry = bundle.file("onnx-fp32")
        made = {entry.name: recalibrate(entry, vectors, labels, terms=terms, source=source)}
        record = record_of(bundle.manifest, made, terms=terms, source=source, facts={})
        return write(recalibrated_contents(bundle, made, default_fmr=0.2, record=record))

    return written


def test_the_page_and_the_payload_tell_what_the_manifest_holds(run, tiny, bundle):
    outcome = run(inspect.COMMAND, tiny)
    manifest = bundle.manifest
    assert outcome.payload["bundle_id"] == manifest.bundle_id
    assert outcome.payload["input"]["height"] == manifest.input.height
    assert outcome.payload["left_out"] == manifest.left_out
    for name, entry in manifest.files.items():
        told = outcome.payload["files"][name]
        assert (told["bytes"], told["sha256"]) == (entry.bytes, entry.sha256)
        assert [point["target"] for point in told["operating_points"]] == [
            point.target for point in entry.operating_points
        ]
        for pairing, part in entry.compact.items():
            said = told["compact"][pairing]
            assert said["more_misses"] == list(part.more_misses)
            assert said["operating_points"][0]["threshold"] == part.operating_points[0].threshold
            assert f"\n  {pairing} templates: FNMR " in outcome.text
        assert f"\n{name}: {entry.bytes:,} bytes, {entry.engine}\n" in outcome.text
    for name, reason in manifest.left_out.items():
        assert f"left out {name}: {reason}" in outcome.text


def test_log_likelihood_ratios_are_told_with_their_cost(run, tiny, weighed_twin):
    outcome = run(inspect.COMMAND, weighed_twin)
    told = outcome.payload["files"]["onnx-fp32"]["likelihood"]
    assert told["int8"] == {"cllr": 0.25, "cllr_min": 0.125}
    assert "\n  float32 log-likelihood ratios: Cllr 0.250 bits on the test split, " in outcome.text
    older = run(inspect.COMMAND, tiny)
    assert older.payload["files"]["onnx-fp32"]["likelihood"] == {}
    assert "log-likelihood" not in older.text


def test_error_rates_of_what_the_thresholds_were_fitted_on_are_told_apart(run, calibrated_anew):
    outcome = run(inspect.COMMAND, calibrated_anew(images=3))
    files = outcome.payload["files"]
    assert files["onnx-fp32"]["eer"] is not None
    assert files["onnx-fp32"]["in_sample"] is True
    assert files["litert-fp32"]["in_sample"] is False  # kept as shipped
    before, after = outcome.text.split("\nonnx-fp32: ")
    assert f"error rates {IN_SAMPLE}:" in after
    assert IN_SAMPLE not in before


def test_int8_thresholds_without_error_rates_have_no_empty_line(run, calibrated_anew, bundle):
    outcome = run(inspect.COMMAND, calibrated_anew(images=1))
    told = outcome.payload["files"]["onnx-fp32"]
    assert set(told["compact"]) == set(bundle.file("onnx-fp32").compact) == {"float32-int8", "int8"}
    assert all(part["operating_points"] == [] for part in told["compact"].values())
    before, after = outcome.text.split("\nonnx-fp32: ")
    assert "FNMR not measured: no identity had two templates" in after
    assert "templates: FNMR" not in after
    assert "\n  int8 templates: FNMR " in before  # of the file that is kept as shipped


def test_a_file_without_its_engine_is_shown_but_not_tried(run, tiny, monkeypatch):
    monkeypatch.setattr(inspect, "installed", lambda: ())
    files = run(inspect.COMMAND, tiny).payload["files"]
    assert files["onnx-fp32"]["self_test"] == "skipped: onnxruntime is not installed"
    assert files["litert-fp32"]["self_test"] == "skipped: litert is not installed"


def test_a_file_that_fails_its_self_test_is_trouble(run, forge, verifier):
    """Its golden templates are another's: every digest is right, the behaviour is not."""
    path = f"golden/{verifier.file}.templates.bin"
    whole, two = forge.entries[path], 2 * 4 * verifier.embedding_size
    turned = whole[two:] + whole[:two]  # every template is the next identity's

    def restate(values):
        values["entries"][path]["sha256"] = hashlib.sha256(turned).hexdigest()

    forged = forge.packed({**forge.entries, path: turned, "manifest.json": forge.restate(restate)})
    with pytest.raises(twinlet.BundleError, match="self-test"):
        run(inspect.COMMAND, forged)
