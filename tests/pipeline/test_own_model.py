"""A model that twinlet did not train, through the command line."""

import keras
import numpy as np
import pytest

import twinlet
from twinlet.bundle import FILE_NAMES, Bundle
from twinlet_export.aware.methods import METHODS


@pytest.fixture(scope="module")
def model(run_folder, tmp_path_factory):
    """The twin of a run as somebody else would have it: floats of -1 to 1, unit embeddings."""
    twin = keras.saving.load_model(run_folder / "twin.keras", compile=False)
    rescaling = twin.layers[1]
    source = keras.Input(twin.input_shape[1:])
    body = keras.Model(rescaling.output, twin.output)
    unit = keras.layers.UnitNormalization()(body(source))
    path = tmp_path_factory.mktemp("own") / "mine.keras"
    keras.Model(source, unit).save(path)
    return path


def test_it_becomes_a_bundle_like_that_of_the_run(model, command, exported, images, tmp_path):
    out = tmp_path / "mine.twin"
    words = ("--data", "digits", "--pixels", "-1", "1", "--fmr", "0.05", "--json")
    done = command("export", model, "--out", out, *words)
    assert done.returncode == 0, done.stderr
    converted = {name for name, kind in FILE_NAMES.items() if kind.precision not in METHODS}
    assert set(done.answer["files"]) == converted
    pixels = images["test"][0][:20]
    ours = twinlet.load(out, file="onnx-fp32").embed(pixels)
    theirs = twinlet.load(exported.path, file="onnx-fp32").embed(pixels)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert Bundle.open(out).manifest.provenance["config"]["model"] == {
        "own": "mine.keras",
        "pixels": [-1.0, 1.0],
    }
    tested = command("evaluate", out, "--data", "digits", "--file", "onnx-fp32", "--json")
    assert tested.returncode == 0, tested.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("{model}",), "is a model and brings no data; name labelled images"),
        (("{model}", "--data", "digits"), "expected uint8 pixels, got float32"),
        (("{model}", "--data", "digits", "--pixels", "1", "1"), "two different numbers"),
        (("{run}", "--pixels", "0", "1"), "is a run of twinlet; leave it out"),
        (("missing.keras", "--data", "digits"), "cannot export missing.keras: expected a folder"),
        (
            ("{model}", "--data", "digits", "--pixels", "-1", "1", "--files", "litert-pruned"),
            "made by fine-tuning, which needs the data and the loss",
        ),
    ],
)
def test_what_it_needs(model, run_folder, command, tmp_path, words, message):
    filled = [word.format(model=model, run=run_folder) for word in words]
    done = command("export", *filled, "--out", tmp_path / "x.twin")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def strangers(images, tmp_path_factory):
    """Twenty identities of four images: each is one digit, with a stroke of its own."""
    rng = np.random.default_rng(8)
    digits = images["test"][0][rng.permutation(20)]
    many = np.repeat(digits, 4, axis=0).astype(np.int64)
    many += rng.integers(-40, 41, many.shape)
    path = tmp_path_factory.mktemp("strangers") / "strangers.npz"
    np.savez(path, images=many.clip(0, 255).astype(np.uint8), labels=np.repeat(np.arange(20), 4))
    return path


def test_by_identities_no_image_of_a_calibrating_one_tests(model, strangers, command, tmp_path):
    out = tmp_path / "mine.twin"
    words = ("--pixels", "-1", "1", "--files", "onnx-fp32", "--json", "--data", strangers)
    refused = command("export", model, "--out", out, *words)
    assert refused.returncode == 2
    assert "has 4 images, at least 8" in refused.answer["error"]["message"]
    assert "with --unit identity" in refused.answer["error"]["message"]
    own = ("--unit", "identity", "--point-estimates")
    limits = tmp_path / "limits.toml"
    limits.write_text('[fp32]\nagreement = 0.9\nreason = "for this test"\n')
    done = command("export", model, "--out", out, *words, *own, "--limits", limits)
    assert done.returncode == 0, done.stderr
    assert done.answer["files"]["onnx-fp32"]["unit"] == "identity"
    assert "onnx-fp32: converting and measuring" in done.stderr
    manifest = Bundle.open(out).manifest
    assert "each of 20 identities in one part" in manifest.provenance["protocol"]
    assert manifest.provenance["images"] == {"calibration": 40, "test": 16}
    assert manifest.provenance["limits"]["fp32"]["agreement"]["reason"] == "for this test"
    assert "- `fp32`, agreement 0.9: for this test" in Bundle.open(out).readme()
    tested = command("evaluate", out, "--data", strangers, "--json")
    assert tested.returncode == 0, tested.stderr
    assert tested.answer["images"] == 16
