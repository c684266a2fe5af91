"""Vectors go the whole way of images, as arrays one pixel high."""

import json

import numpy as np
import pytest

import twinlet
from twinlet.bundle import Bundle
from twinlet_export.settings import BUILT

NUMBERS = 40
CLASSES, EACH = 8, 30


@pytest.fixture(scope="module")
def vectors():
    """Eight directions with noise around them, (n, 1, 40), and which is which."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(CLASSES), EACH)
    centres = rng.uniform(60, 195, (CLASSES, NUMBERS))[labels]
    noisy = centres + rng.normal(0, 25, centres.shape)
    return noisy.clip(0, 255).astype(np.uint8)[:, np.newaxis], labels


@pytest.fixture(scope="module")
def place(tmp_path_factory, command, vectors):
    """A folder with the data, a run and its bundle, made by the command line."""
    folder = tmp_path_factory.mktemp("vectors")
    np.savez(folder / "set.npz", images=vectors[0], labels=vectors[1])
    words = ("--epochs", 10, "--set", "model.backbone=dense", "--set", "model.embedding=16")
    words += ("--set", "split.test=0.3", "--set", "split.calibration=0.3")
    trained = command("train", "--data", folder / "set.npz", "--out", folder / "run", *words)
    assert trained.returncode == 0, trained.stderr
    exported = command(
        *("export", folder / "run", "--out", folder / "v.twin", "--fmr", 0.05, "--json"),
        *("--tune-minutes", 2.0),
    )
    assert exported.returncode == 0, exported.stderr
    assert set(exported.answer["files"]) == set(BUILT)
    return folder


def test_the_bundle_takes_them_as_they_are(place):
    bundle = Bundle.open(place / "v.twin")
    size = bundle.manifest.input
    assert (size.height, size.width, size.channels) == (1, NUMBERS, 1)
    assert bundle.golden().probes.shape[1:] == (1, NUMBERS, 1)
    assert bundle.golden().others.sources == ()  # no other length is taken
    pictures = {path.name for path in (place / "run" / "pictures").iterdir()}
    assert {"samples.png", "triplets.png", "pairs.png", "model.png"} <= pictures


@pytest.mark.parametrize("name", BUILT)
def test_every_file_learnt_them(place, name):
    assert Bundle.open(place / "v.twin").manifest.files[name].evaluation["auc"] > 0.9


def test_two_files_are_verified(place, vectors, command, tmp_path):
    for name, row in (("a", 0), ("b", 1)):
        np.save(tmp_path / f"{name}.npy", vectors[0][row], allow_pickle=False)
    done = command("verify", place / "v.twin", tmp_path / "a.npy", tmp_path / "b.npy", "--json")
    assert done.returncode in (0, 1), done.stderr
    expected = twinlet.load(place / "v.twin").verify(vectors[0][0], vectors[0][1])
    assert done.answer["similarity"] == expected.similarity


def test_another_length_is_refused(place, command, tmp_path):
    np.save(tmp_path / "long.npy", np.zeros((1, 41), np.uint8), allow_pickle=False)
    done = command("verify", place / "v.twin", tmp_path / "long.npy", tmp_path / "long.npy")
    assert done.returncode == 2
    assert "vectors of exactly 1 x 40 numbers, got 1 x 41" in done.stderr


def test_they_are_evaluated_and_reported(place, vectors, command, tmp_path):
    np.savez(tmp_path / "own.npz", images=255 - vectors[0], labels=vectors[1])
    done = command("evaluate", place / "v.twin", "--data", tmp_path / "own.npz", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == CLASSES * EACH
    np.savez(tmp_path / "short.npz", images=vectors[0][..., :30], labels=vectors[1])
    done = command("evaluate", place / "v.twin", "--data", tmp_path / "short.npz")
    assert done.returncode == 2
    assert "this bundle takes 1x40, and" in done.stderr
    assert "holds 1x30" in done.stderr
    done = command("report", place / "v.twin", "--out", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    assert "object-fit: fill" in (tmp_path / "report.html").read_text(encoding="utf-8")
