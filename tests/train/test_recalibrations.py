"""What calibrated a bundle anew is known again, in whatever data it comes."""

import json
from pathlib import Path

import numpy as np
import pytest

from twinlet.cli import main
from twinlet_train.unseen import _Part

TINY = Path(__file__).parents[1] / "data" / "tiny.twin"
IDENTITIES = 40


@pytest.fixture
def npz(tmp_path):
    """Write images of 40 identities, four each, all or some of them."""
    rng = np.random.default_rng(1)
    faces = rng.uniform(0, 255, size=(IDENTITIES, 1, 8, 8, 1))
    shots = faces + rng.normal(0, 25.0, size=(IDENTITIES, 8, 8, 8, 1))
    pixels = np.clip(np.rint(shots), 0, 255).astype(np.uint8)

    def write(name, shots):
        rows = pixels[:, shots].reshape(-1, 8, 8, 1)
        labels = np.repeat(np.arange(IDENTITIES), len(rows) // IDENTITIES)
        np.savez(tmp_path / name, images=rows, labels=labels)
        return str(tmp_path / name)

    return write


def test_images_that_calibrated_are_known_among_others(npz, tmp_path, capsys):
    new = str(tmp_path / "new.twin")
    own = npz("own.npz", slice(0, 4))
    assert main(["calibrate", str(TINY), "--data", own, "--fmr", "0.05", "--out", new]) == 0
    for name, shots, known in (
        ("same.npz", slice(0, 4), True),
        ("part.npz", slice(2, 4), True),
        ("more.npz", slice(3, 6), True),
        ("others.npz", slice(4, 8), False),
    ):
        capsys.readouterr()
        assert main(["evaluate", new, "--data", npz(name, shots), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["in_sample"] is known, name


def test_no_promise_about_strangers_from_identities_that_trained(
    npz, tmp_path, capsys, monkeypatch
):
    def known_identities(data, manifest):
        everything = np.arange(len(data.labels))
        return _Part(everything, everything[:0], "all images of the data", "image")

    monkeypatch.setattr("twinlet_train.unseen._part", known_identities)
    words = ("calibrate", str(TINY), "--data", npz("own.npz", slice(0, 4)), "--fmr", "0.05")
    new = tmp_path / "new.twin"
    assert main([*words, "--out", str(new), "--unit", "identity"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "nothing can be promised about other identities, got --unit identity" in said
    assert not new.exists()
