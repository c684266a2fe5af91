import json

import pytest

from twinlet.cli import main

SMALL = ["--set", "model.backbone=tiny", "--set", "model.embedding=8", "--epochs", "1"]


def test_a_folder_is_trained_on_and_its_damage_told(capsys, folder, tmp_path):
    root = folder(3, 30)
    (root / "c1" / "broken.png").write_bytes(b"\x89PNG but no more")
    out = tmp_path / "run"
    words = ["train", "--data", str(root), "--out", str(out), *SMALL, "--json"]
    assert main(words) == 0
    captured = capsys.readouterr()
    payload = json.loads(captured.out)
    assert payload["run"] == str(out)
    assert payload["counts"] == {"c0": 30, "c1": 30, "c2": 30}
    assert [item["path"] for item in payload["unreadable"]] == ["c1/broken.png"]
    # 30 a class: 6 test; 2 of the other 24 calibrate, 2 of the other 22 validate
    assert payload["split"]["images"] == {
        "train": 60,
        "validation": 6,
        "calibration": 6,
        "test": 18,
    }
    assert "90 images of 8x8x1: c0 30, c1 30, c2 30" in captured.err
    assert "left out, since they cannot be read: 1" in captured.err
    assert "c1/broken.png" in captured.err


def test_much_damage_is_told_in_short(capsys, folder, tmp_path):
    root = folder(3, 30)
    (root / "lost").mkdir()
    for number in range(12):
        (root / "lost" / f"{number:02}.png").write_bytes(b"\x89PNG but no more")
    words = ["train", "--data", str(root), "--out", str(tmp_path / "run"), *SMALL, "--json"]
    assert main(words) == 0
    said = capsys.readouterr().err
    assert "lost/09.png" in said
    assert "lost/10.png" not in said
    assert "and 2 more; run.json lists all" in said
    assert "classes without a readable image, left out: lost" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], "no data at nowhere"),
        ([], "no data named; expected --data SPEC"),
        (["--data", "digits", "--set", "epochs=3"], "--set takes TABLE.KEY=VALUE, got 'epochs=3'"),
        (["--data", "digits", "--set", "fit.epoch=3"], "did you mean fit.epochs"),
        (["--data", "digits", "--config", "none.toml"], "cannot read the configuration"),
        (["--data", "digits"], "mobilenetv2 takes images of at least 32x32"),
        (["--data", "digits", "--resume"], "nothing to resume"),
        (["--resume"], "nothing to resume"),
        (["--data", "digits", "--epochs", "0"], "fit.epochs must be above 0"),
    ],
)
def test_mistakes_are_named_and_leave_no_run(capsys, tmp_path, words, message):
    out = tmp_path / "run"
    assert main(["train", "--out", str(out), *words]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
