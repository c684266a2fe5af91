"""The whole export of a twin that rounding hurts: what the bundle and the command say of it."""

import html
import json

import numpy as np
import pytest

import twinlet
from twinlet.bundle import Bundle
from twinlet.cli import main
from twinlet_export.building import Builder
from twinlet_export.commands.export import page, payload
from twinlet_export.mixed.selection import SearchPlan
from twinlet_export.packing import ExportOptions, export
from twinlet_export.report.page import page as report

NAMES = ("litert-int8", "onnx-int8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, hurt, many_faces):
    folder = tmp_path_factory.mktemp("own")
    hurt.save(folder / "hurt.keras")
    np.savez(folder / "faces.npz", images=many_faces.images, labels=many_faces.labels)
    return folder


def exporting(folder, out, plan, files):
    said = []
    options = ExportOptions(
        *(folder / "hurt.keras", out),
        files=files,
        fmrs=(0.05,),
        data=str(folder / "faces.npz"),
        search=plan,
    )
    return export(options, progress=lambda line, done: said.append(line)), said


@pytest.fixture(scope="module")
def bundle(folder, free):
    out = folder / "hurt.twin"
    exported, said = exporting(folder, out, SearchPlan(5.0, free), ("litert-fp32", *NAMES))
    return out, exported, said


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_would_be_left_out_is_in_and_as_good_as_the_twin(name, bundle):
    out, exported, _ = bundle
    entry = exported.manifest.files[name]
    assert [kept.split("/")[-2] for kept in entry.mixed["kept"]] == ["wide_1", "reader_1"]
    # On the test part, which the search has not seen.
    more = entry.parity["points"]["0.05"]["more_misses"]
    assert more["interval"][0] <= 0.0 < 0.05 > more["value"]
    twinlet.load(out, file=name)  # proves itself on the golden images


def test_validation_images_were_searched_with(bundle, many_faces):
    _, exported, said = bundle
    for name in NAMES:
        counts = exported.manifest.files[name].mixed["images"]
        assert counts["ranking"] + counts["confirming"] == len(many_faces.labels) // 5
    assert sum("looking for layers to keep in float" in line for line in said) == 2
    assert exported.manifest.files["litert-fp32"].mixed == {}


def test_command_card_and_report_tell_it(bundle):
    out, exported, _ = bundle
    opened = Bundle.open(out)
    told = payload(out, exported)["files"]
    for name in NAMES:
        mixed = opened.manifest.files[name].mixed
        assert told[name]["mixed"] == {key: mixed[key] for key in mixed if key != "tries"}
        assert f"{name}: {mixed['summary']}" in page(out, opened.manifest, 1.0)
        assert mixed["summary"] in opened.readme()
        assert html.escape(mixed["summary"]) in report(opened, "x")
    assert "mixed" not in told["litert-fp32"]


def command(capsys, folder, out, *words):
    code = main(
        [
            *("export", str(folder / "hurt.keras"), "--data", str(folder / "faces.npz")),
            *("--out", str(out), "--fmr", "0.05", *words, "--json"),
        ]
    )
    return code, json.loads(capsys.readouterr().out)


def test_without_time_the_file_is_left_out_as_before(folder, tmp_path, capsys):
    words = ("--files", "onnx-fp32,onnx-int8", "--search-minutes", "0")
    code, answer = command(capsys, folder, tmp_path / "x.twin", *words)
    assert code == 1
    assert list(answer["files"]) == ["onnx-fp32"]
    assert list(answer["left_out"]) == ["onnx-int8"]


def test_a_time_below_0_is_refused(folder, tmp_path, capsys):
    code, answer = command(capsys, folder, tmp_path / "x.twin", "--search-minutes", "-1")
    assert code == 2
    assert "expected minutes, 0 or more, got '-1'" in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_converter_that_crashes_in_the_search_leaves_nothing_half_written(
    folder, tmp_path, free, monkeypatch
):
    mixer = Builder.mixer

    def crashing(self, name):
        made = mixer(self, name)

        def crash(keep):
            raise RuntimeError("rank 5")

        made.build = crash
        return made

    monkeypatch.setattr(Builder, "mixer", crashing)
    out = tmp_path / "x.twin"
    exported, said = exporting(folder, out, SearchPlan(5.0, free), ("onnx-fp32", "onnx-int8"))
    assert any(
        "the converter of onnx-int8 with " in line and line.endswith("RuntimeError: rank 5")
        for line in said
    )
    # The plain file is not like the twin, and says so; the other one is in.
    assert list(exported.manifest.files) == ["onnx-fp32"]
    assert "onnx-int8" in exported.manifest.left_out
    assert [path.name for path in tmp_path.iterdir()] == ["x.twin"]
    Bundle.open(out)
