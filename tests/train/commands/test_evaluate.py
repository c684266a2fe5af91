import json
from pathlib import Path

import numpy as np
import pytest

import twinlet
from twinlet.cli import main
from twinlet.evaluation import evaluate
from twinlet_train.data import open_data

TINY = str(Path(__file__).parents[2] / "data" / "tiny.twin")


def answer(capsys, *words):
    assert main(["evaluate", TINY, *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rates_are_those_of_the_templates_and_shipped_thresholds(capsys, folder):
    root = str(folder(4, 6))
    verifier = twinlet.load(TINY)
    data = open_data(root)
    thresholds = {point.target: point.threshold for point in verifier.entry.operating_points}
    expected = evaluate(
        verifier.embed(data.images), data.labels, thresholds, unit="identity"
    ).to_json()
    assert answer(capsys, "--data", root)["files"] == {verifier.file: expected}


def test_all_files_at_one_target(capsys, folder):
    got = answer(capsys, "--data", str(folder(3, 4)), "--file", "all", "--fmr", "0.1")
    assert list(got["files"]) == ["litert-fp32", "onnx-fp32"]
    for rates in got["files"].values():
        assert list(rates["fmr"]) == ["0.1"]
        assert (rates["mated"], rates["non_mated"]) == (3 * 6, 66 - 18)


def test_only_the_test_part_counts_and_failures_are_told(capsys, folder):
    folder(3, 5, part="train")
    root = folder(3, 4, part="test")
    (root / "test" / "c0" / "broken.png").write_text("no image")
    got = answer(capsys, "--data", str(root))
    assert got["images"] == 12
    assert [item["path"] for item in got["unreadable"]] == ["test/c0/broken.png"]
    assert got["files"]["litert-fp32"]["failures"] == 1
    assert got["protocol"] == "the test part of the data"


def test_too_many_images_to_compare_are_drawn_from_and_it_is_said(capsys, folder, monkeypatch):
    monkeypatch.setattr("twinlet_train.unseen.TEST_IMAGES", 12)
    got = answer(capsys, "--data", str(folder(3, 8)))
    assert got["images"] == 12
    assert got["protocol"].endswith("; 12 of 24, drawn evenly from all classes")
    rates = got["files"]["litert-fp32"]
    assert (rates["mated"], rates["non_mated"]) == (3 * 6, 66 - 18)  # four of each class


def test_images_of_another_size_are_brought_to_the_model(capsys, tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for i in range(8):
        path = tmp_path / f"c{i % 2}" / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20 + i, 30, 3), dtype=np.uint8)).save(path)
    assert answer(capsys, "--data", str(tmp_path))["images"] == 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], "no data at nowhere"),
        (["--data", "digits", "--file", "onnx-fp99"], "has no file 'onnx-fp99'"),
        (["--data", "digits", "--fmr", "1e-9"], "cannot calibrate for FMR 1e-09"),
        (["--data", "digits", "--fmr", "2"], "strictly between 0 and 1"),
        ([], "the following arguments are required: --data"),
    ],
)
def test_mistakes_are_named(capsys, words, message):
    assert main(["evaluate", TINY, *words]) == 2
    assert message in capsys.readouterr().err
