import json
from pathlib import Path

import numpy as np
import pytest

import twinlet
from twinlet.cli import main
from twinlet.evaluation import evaluate
from twinlet.judging import judge
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
    templates = verifier.embed(data.images)
    expected = evaluate(templates, data.labels, thresholds, unit="identity").to_json()
    judged = judge(verifier.entry, templates, data.labels, thresholds, unit="identity")
    expected["promised"] = True
    expected["promise"] = {f"{one.target:g}": one.to_json() for one in judged.promises}
    expected["drift"] = judged.drift.to_json()
    assert answer(capsys, "--data", root)["files"] == {verifier.file: expected}


def test_all_files_at_one_target(capsys, folder):
    got = answer(capsys, "--data", str(folder(3, 4)), "--file", "all", "--fmr", "0.1")
    assert list(got["files"]) == ["litert-fp32", "onnx-fp32"]
    for rates in got["files"].values():
        assert list(rates["fmr"]) == ["0.1"]
        assert (rates["mated"], rates["non_mated"]) == (3 * 6, 66 - 18)


def test_only_the_test_part_counts_and_failures_are_told(capsys, folder):
    folder(3, 5, part="train", seed=1)
    root = folder(3, 4, part="test")
    (root / "test" / "c0" / "broken.png").write_text("no image")
    got = answer(capsys, "--data", str(root))
    assert got["images"] == 12
    assert [item["path"] for item in got["unreadable"]] == ["test/c0/broken.png"]
    rates = got["files"]["litert-fp32"]
    assert rates["failures"] == 1
    # One of 28 images fails, in whichever part it lies.
    for point in rates["fmr"].values():
        assert point["gfrr"] == pytest.approx(1 - (27 / 28) ** 2 * (1 - point["fnmr"]))
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


def world(identities, each, *, low=0, seed=1):
    """Pictures with noise, uint8 (n, 8, 8, 1): the higher `low`, the more alike they are."""
    rng = np.random.default_rng(seed)
    faces = rng.uniform(low, 255, size=(identities, 1, 8, 8, 1))
    shots = faces + rng.normal(0, 20.0, size=(identities, each, 8, 8, 1))
    labels = np.repeat(np.arange(identities), each)
    return np.clip(np.rint(shots), 0, 255).astype(np.uint8).reshape(-1, 8, 8, 1), labels


@pytest.fixture
def npz(tmp_path):
    def write(images, labels, **more):
        np.savez(tmp_path / "own.npz", images=images, labels=labels, **more)
        return str(tmp_path / "own.npz")

    return write


def test_it_says_whether_the_promise_holds_and_what_has_moved(capsys, npz):
    """Bright pictures look alike to a network that was calibrated on all kinds."""
    bright = npz(*world(60, 4, low=120))
    rates = answer(capsys, "--data", bright)["files"]["litert-fp32"]
    assert {point["verdict"] for point in rates["promise"].values()} == {"violated"}
    assert {point["unit"] for point in rates["promise"].values()} == {"identity"}
    assert rates["drift"]["change"] == "higher"
    assert main(["evaluate", TINY, "--data", bright]) == 0
    page = capsys.readouterr().out
    assert "FMR at most 1 %: violated" in page
    assert "higher than in the bundle's own test" in page


def test_a_promise_is_inside_where_there_is_enough_to_tell(capsys, npz):
    many = npz(*world(120, 2))
    rates = answer(capsys, "--data", many, "--fmr", "0.3")["files"]["litert-fp32"]
    assert rates["promise"]["0.3"]["verdict"] == "inside"
    few = npz(*world(6, 4))
    rates = answer(capsys, "--data", few)["files"]["litert-fp32"]
    for point in rates["promise"].values():
        assert point["verdict"] == "not enough data"
        assert point["more_clusters"] >= 4
    assert main(["evaluate", TINY, "--data", few]) == 0
    assert "more identities would tell (" in capsys.readouterr().out


def test_images_of_the_same_identities(capsys, npz):
    data = npz(*world(6, 10))
    rates = answer(capsys, "--data", data, "--unit", "image")["files"]["litert-fp32"]
    assert {point["unit"] for point in rates["promise"].values()} == {"image"}
    assert {point["clusters"] for point in rates["promise"].values()} == {60}


def test_repeated_images_are_counted_and_shared_ones_refused(capsys, npz):
    images, labels = world(12, 4)
    images[1] = images[0]
    assert answer(capsys, "--data", npz(images, labels))["repeated"] == 1
    images[20] = images[0]
    assert main(["evaluate", TINY, "--data", npz(images, labels)]) == 2
    assert "1 images are there under two identities" in capsys.readouterr().err


def table(folder, rows):
    path = folder.parent / "groups.csv"
    path.write_text("".join(f"{image},{group}\n" for image, group in [("image", "g"), *rows]))
    return str(path)


def test_rates_by_group_and_the_worst_one_named(capsys, folder):
    root = folder(6, 8)
    images = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.png"))
    kinds = [(image, "day" if int(image[1]) % 2 else "night") for image in images]
    words = ("--data", str(root), "--cohorts", table(root, kinds), "--unit", "image")
    got = answer(capsys, *words)["files"]["litert-fp32"]["cohorts"]
    assert got["images"] == {"day": 24, "night": 24}
    for point in got["fmr"].values():
        for group in point["groups"].values():
            # Three identities of eight images each: 84 mated and 192 other pairs in a group.
            assert (group["fnmr"]["comparisons"], group["fmr"]["comparisons"]) == (84, 192)
            low, high = group["fnmr"]["interval"]
            assert low <= group["fnmr"]["rate"] <= high
        assert point["across"]["fmr"]["comparisons"] == 24 * 24
        assert {*point["worst"].values()} <= {"day", "night", None}
    assert main(["evaluate", TINY, *words]) == 0
    said = capsys.readouterr().out
    assert "by group at target FMR" in said
    assert "between groups" in said
    assert "highest: FMR" in said


def test_a_table_that_lacks_an_image_is_refused(capsys, folder):
    root = folder(3, 4)
    words = ("--data", str(root), "--cohorts", table(root, [("c0/000.png", "day")]))
    assert main(["evaluate", TINY, *words, "--json"]) == 2
    assert "c0/001.png" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.fixture
def cameras():
    """Images of forty identities, three of each by day and three by night, noisier."""
    day, labels = world(40, 6)
    rng = np.random.default_rng(9)
    dark = np.tile(np.arange(6) >= 3, 40)
    noisy = np.clip(day + rng.normal(0, 60, day.shape), 0, 255).astype(np.uint8)
    images = np.where(dark[:, None, None, None], noisy, day)
    return images, labels, np.where(dark, "night", "day")


def test_groups_are_told_apart_and_the_worst_is_named(capsys, npz, cameras):
    images, labels, groups = cameras
    data = npz(images, labels, groups=groups)
    words = ("--data", data, "--file", "litert-fp32")
    found = answer(capsys, *words)["files"]["litert-fp32"]["cohorts"]
    assert found["images"] == {"day": 120, "night": 120}
    point = found["fmr"]["0.1"]
    assert point["worst"]["fnmr"] == "night"
    for name in ("day", "night"):
        own = groups == name
        verifier = twinlet.load(TINY)
        alone = evaluate(
            verifier.embed(images[own]),
            labels[own],
            {0.1: point["threshold"]},
            unit="identity",
            resamples=20,
        ).fmr[0]
        assert point["groups"][name]["fnmr"]["rate"] == pytest.approx(alone.fnmr)
        assert point["groups"][name]["fmr"]["rate"] == pytest.approx(alone.fmr)
        low, high = point["groups"][name]["fnmr"]["interval"]
        assert low < alone.fnmr < high
    assert main(["evaluate", TINY, *words]) == 0
    page = capsys.readouterr().out
    assert "by group at target FMR 0.1:" in page
    assert "FNMR night" in page


def test_groups_come_from_a_table_too(capsys, npz, cameras, tmp_path):
    images, labels, groups = cameras
    own = answer(capsys, "--data", npz(images, labels, groups=groups))
    table = tmp_path / "groups.csv"
    table.write_text("\n".join(f"{i},{name}" for i, name in enumerate(groups)))
    read = answer(capsys, "--data", npz(images, labels), "--cohorts", str(table))
    assert read["files"] == own["files"]
