"""A real run becomes a bundle that keeps its promises."""

import json

import numpy as np
import pytest

import twinlet
from twinlet.bundle import Bundle
from twinlet.cli import main
from twinlet.errors import TwinletError
from twinlet.metrics import clopper_pearson_upper, compare_all
from twinlet_export import packing
from twinlet_export.building import Builder
from twinlet_export.settings import BUILT
from twinlet_train import load_run


def impossible(precision, folder):
    path = folder / "limits.toml"
    path.write_text(f'[{precision}]\nsimilarity_max_error = 0.0\nreason = "nothing is equal"\n')
    return path


@pytest.fixture(scope="module")
def manifest(exported):
    return Bundle.open(exported.path).manifest


def test_standard_output_is_one_object(exported):
    assert exported.finished.returncode == 0, exported.finished.stderr
    assert exported.finished.stdout.count("\n") == 1
    answer = exported.finished.answer
    assert set(answer["files"]) == set(BUILT)
    assert answer["left_out"] == {}
    # 143 images are too few for one in a thousand.
    assert set(answer["refused"]) == {"0.001"}
    assert "among 143 images of 10 identities" in answer["refused"]["0.001"]
    assert answer["bundle"] == str(exported.path)
    assert all(f"{name}: " in exported.finished.stderr for name in BUILT)


def test_the_answer_is_what_the_bundle_holds(exported, manifest):
    answer = exported.finished.answer
    assert answer["bundle_id"] == manifest.bundle_id
    for name, entry in manifest.files.items():
        told = answer["files"][name]
        assert told["bytes"] == entry.bytes
        assert told["auc"] == entry.evaluation["auc"]
        assert told["parity"]["cosine_median"] == entry.parity["cosine_median"]
        assert set(told["fmr"]) == {"0.01", "0.1"}


def test_the_twin_is_worth_exporting(manifest):
    # Ten epochs on digits; guards the other tests against measuring noise.
    assert all(entry.evaluation["auc"] > 0.95 for entry in manifest.files.values())


@pytest.mark.parametrize("name", BUILT)
def test_a_threshold_holds_on_comparisons_counted_anew(exported, manifest, images, name):
    verifier = twinlet.load(exported.path, file=name)
    pixels, labels = images["calibration"]
    own = compare_all(verifier.embed(pixels), labels)
    entry = manifest.files[name]
    assert entry.calibration.comparisons == len(own.non_mated)
    for point in entry.operating_points:
        matches = int(np.sum(own.non_mated >= point.threshold))
        assert point.fmr == matches / len(own.non_mated)
        assert clopper_pearson_upper(matches, len(own.non_mated)) <= point.target


@pytest.mark.parametrize("name", ["litert-int8", "onnx-fp32"])
def test_misses_are_those_of_the_test_images(exported, manifest, images, name):
    verifier = twinlet.load(exported.path, file=name)
    pixels, labels = images["test"]
    tested = compare_all(verifier.embed(pixels), labels)
    for point in manifest.files[name].operating_points:
        assert point.fnmr == np.mean(tested.mated < point.threshold)


def test_thresholds_of_float_are_not_reused_for_integers(manifest):
    thresholds = {
        name: manifest.files[name].operating_points[0].threshold
        for name in ("litert-fp32", "litert-int8", "onnx-int8")
    }
    assert len(set(thresholds.values())) == 3


def test_both_engines_decide_alike(exported, images):
    pixels = images["test"][0][:60]
    litert = twinlet.load(exported.path, file="litert-fp32")
    onnx = twinlet.load(exported.path, file="onnx-fp32")
    a, b = litert.templates(pixels), onnx.templates(pixels)
    for i in range(0, 60, 2):
        ours, theirs = litert.verify(a[i], a[i + 1]), onnx.verify(b[i], b[i + 1])
        # Float sums in another order: 1e-6 of cosine, 0.0005 of angle next to similarity 1.
        assert ours.similarity == pytest.approx(theirs.similarity, abs=1e-3)
        near = abs(ours.similarity - ours.threshold) < 1e-3
        assert ours.match == theirs.match or near


def test_golden_images_of_other_sizes_are_in_it(exported):
    others = Bundle.open(exported.path).golden().others
    assert [source.channels for source in others.sources] == [3, 4, 1, 3]
    assert others.inputs.shape == (4, 8, 8, 1)
    assert all(others.templates[name].shape[0] == 4 for name in BUILT)


def test_the_record_names_the_images_that_gave_the_ranges(manifest, run_folder):
    run = load_run(run_folder)
    train = run.splits(run.data()).train
    chosen = manifest.provenance["representative"]
    assert len(chosen) == len(set(chosen)) == 200
    assert set(chosen) <= set(train.tolist())
    assert manifest.provenance["data_fingerprint"] == run.record["data"]["fingerprint"]
    assert manifest.provenance["versions"]["tensorflow"]


def test_the_card_tells_the_limits(exported):
    card = Bundle.open(exported.path).readme()
    assert "## Limits" in card
    assert all(f"`{name}`" in card for name in BUILT)
    assert "Thresholds: Clopper-Pearson on the effective number of comparisons" in card
    assert "one-sided 95% confidence" in card


def export(capsys, *words):
    code = main(["export", *map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_choice_of_files_and_rates_and_the_same_twin_again(
    run_folder, exported, manifest, images, tmp_path, capsys
):
    out = tmp_path / "some.twin"
    words = ("--files", "litert-int8", "--fmr", "0.05", "0.2")
    code, answer = export(capsys, run_folder, "--out", out, *words)
    assert code == 0
    assert list(answer["files"]) == ["litert-int8"]
    assert list(answer["files"]["litert-int8"]["fmr"]) == ["0.05", "0.2"]
    assert answer["default_fmr"] == 0.05
    # The same twin under the same name, and the converter is deterministic. (The bytes differ:
    # each file holds its own thresholds, and these are for other rates.)
    assert answer["bundle_id"] == manifest.bundle_id
    pixels = images["test"][0][:20]
    found = [twinlet.load(path, file="litert-int8").embed(pixels) for path in (out, exported.path)]
    np.testing.assert_array_equal(*found)


def test_a_rate_the_data_does_not_support_is_refused_before_any_conversion(
    run_folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(Builder, "build", lambda *_: pytest.fail("converted"))
    code, answer = export(capsys, run_folder, "--out", tmp_path / "x.twin", "--fmr", "1e-5")
    assert code == 2
    assert answer["error"]["kind"] == "CalibrationError"
    assert (
        "cannot calibrate for FMR 1e-05: it needs 299572 independent" in answer["error"]["message"]
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_unlike_the_twin_is_left_out_and_the_exit_code_says_so(run_folder, tmp_path, capsys):
    out = tmp_path / "x.twin"
    words = ("--files", "onnx-fp32,onnx-int8", "--limits", impossible("int8", tmp_path))
    code, answer = export(capsys, run_folder, "--out", out, *words)
    assert code == 1
    assert list(answer["files"]) == ["onnx-fp32"]
    assert answer["left_out"]["onnx-int8"].startswith("onnx-int8 does not behave like the twin: ")
    assert "what they are: nothing is equal" in answer["left_out"]["onnx-int8"]
    assert Bundle.open(out).manifest.left_out == answer["left_out"]


def test_nothing_fit_for_a_bundle_writes_none(run_folder, tmp_path, capsys):
    words = ("--files", "onnx-fp32", "--limits", impossible("fp32", tmp_path))
    code, answer = export(capsys, run_folder, "--out", tmp_path / "x.twin", *words)
    assert code == 2
    assert answer["error"]["kind"] == "ParityError"
    assert "no file is fit for a bundle, so none was written" in answer["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["limits.toml"]


def test_a_converter_that_crashes_costs_its_own_file_only(
    run_folder, tmp_path, capsys, monkeypatch
):
    build = Builder.build

    def crash(self, name):
        if name == "litert-fp32":
            raise RuntimeError("node 7 (CONV_2D)\nC++ stack")
        return build(self, name)

    monkeypatch.setattr(Builder, "build", crash)
    words = ("--out", tmp_path / "x.twin", "--files", "litert-fp32,onnx-fp32")
    code, answer = export(capsys, run_folder, *words)
    assert code == 1
    assert answer["left_out"] == {
        "litert-fp32": "the converter of litert-fp32 failed: RuntimeError: node 7 (CONV_2D)"
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("{run}", "--out", "{tmp}/missing/x.twin"), "there is no folder"),
        (("{run}", "--out", "{tmp}"), "it is a folder"),
        (("{tmp}", "--out", "{tmp}/x.twin"), "no run in"),
        (("{run}", "--out", "{tmp}/x.twin", "--files", "onnx-int4"), "unknown file 'onnx-int4'"),
        (("{run}", "--out", "{tmp}/x.twin", "--tune-minutes", "0"), "a number above 0, got '0'"),
        (("{run}", "--out", "{tmp}/x.twin", "--search-minutes", "x"), "0 or more, got 'x'"),
        (("{run}", "--out", "{tmp}/x.twin", "--fmr", "2"), "strictly between 0 and 1"),
        (("{run}", "--out", "{tmp}/x.twin", "--data", "cifar11"), "cifar11"),
    ],
)
def test_what_cannot_be_exported(run_folder, tmp_path, capsys, words, message):
    filled = [word.format(run=run_folder, tmp=tmp_path) for word in words]
    code, answer = export(capsys, *filled)
    assert code == 2
    assert message in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_from_python_an_error_is_a_twinlet_error(run_folder, tmp_path):
    options = packing.ExportOptions(run_folder, tmp_path / "x.twin", fmrs=(1e-6,))
    with pytest.raises(TwinletError):
        packing.export(options, progress=lambda line, done: None)
