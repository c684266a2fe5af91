"""Log-likelihood ratios in a manifest: what is refused, and older bundles without any."""

import json
from dataclasses import replace

import pytest

from twinlet import BundleError, CalibrationError
from twinlet.bundle import Bundle
from twinlet.encodings import Pairing

# (key, wrong value, what was expected)
WRONG = [
    ("knots", [], "1 to 64 pairs"),
    ("knots", [[0.01 * place, 0.0] for place in range(65)], "1 to 64 pairs"),
    ("knots", {}, "an array"),
    ("knots", [0.5], "[similarity, log ratio]"),
    ("knots", [[0.5]], "[similarity, log ratio]"),
    ("knots", [[0.5, 1.0, 2.0]], "[similarity, log ratio]"),
    ("knots", [["0.5", 1.0]], "a number in [0, 1]"),
    ("knots", [[1.5, 1.0]], "a number in [0, 1]"),
    ("knots", [[0.5, 60.0]], "a number in [-50, 50]"),
    ("knots", [[0.5, None]], "a number in [-50, 50]"),
    ("knots", [[0.5, True]], "a number in [-50, 50]"),
    ("knots", [[0.5, 0.0], [0.5, 1.0]], "a rising similarity and a log ratio that does not fall"),
    ("knots", [[0.5, 1.0], [0.6, 0.9]], "a rising similarity and a log ratio that does not fall"),
    ("method", 5, "a string"),
    ("mated", 0, "an integer in"),
    ("non_mated", 1.5, "an integer in"),
    ("cllr", -0.1, "a number in [0, 100]"),
    ("cllr", 101, "a number in [0, 100]"),
    ("cllr_min", 1.1, "a number in [0, 1]"),
    ("cllr_min", 0.3, "at most the file's cllr, 0.25"),
]


def refusal(forge, edit):
    with pytest.raises(BundleError) as caught:
        Bundle.open(forge.with_manifest(edit))
    return str(caught.value)


@pytest.mark.parametrize(("key", "value", "expected"), WRONG)
def test_a_wrong_value(weighed_forge, key, value, expected):
    def edit(values):
        values["files"]["onnx-fp32"]["likelihood"]["float32"][key] = value

    message = refusal(weighed_forge, edit)
    assert f"files.onnx-fp32.likelihood.float32.{key}" in message
    assert f"expected {expected}" in message
    assert "export the bundle again" in message


@pytest.mark.parametrize("place", ["", "float32-int8"])
def test_a_key_that_is_missing_or_unknown(weighed_forge, place):
    def holder(values):
        ratios = values["files"]["onnx-fp32"]["likelihood"]
        return ratios[place] if place else ratios

    def lacking(values):
        holder(values).popitem()

    def more(values):
        holder(values)["novelty"] = 1

    assert "the manifest lacks the key 'files.onnx-fp32.lik" in refusal(weighed_forge, lacking)
    assert "unknown key 'files.onnx-fp32.likelihood" in refusal(weighed_forge, more)


def test_what_is_written_is_what_is_read(weighed, weighed_twin):
    files = Bundle.open(weighed_twin).manifest.files
    for file in weighed.files:
        assert files[file.entry.name].likelihood == file.entry.likelihood
        assert list(files[file.entry.name].likelihood) == list(Pairing)


def test_a_bundle_of_before_has_none_and_says_so(bundle):
    values = json.loads(bundle.read("manifest.json"))
    assert "likelihood" not in values["files"]["onnx-fp32"]
    entry = replace(bundle.manifest.files["onnx-fp32"], likelihood={})
    for pairing in Pairing:
        with pytest.raises(CalibrationError, match=r"no log-likelihood ratios of onnx-fp32: it"):
            entry.likelihood_for(pairing)
