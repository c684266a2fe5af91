"""Verifying: decisions at a promised rate, the same from both engines."""

import sys
import threading
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

import twinlet
from twinlet import (
    BundleError,
    CalibrationError,
    InvalidInputError,
    MissingExtraError,
    Template,
    Verification,
)
from twinlet.bundle import TensorSpec, write_bundle
from twinlet.preprocessing import to_input


def test_the_golden_pairs_come_out_as_at_export(verifier, bundle, probes):
    golden = bundle.golden()
    for (a, b, _), similarity, decision in zip(
        golden.pairs,
        golden.similarities[verifier.file],
        golden.decisions[verifier.file],
        strict=True,
    ):
        result = verifier.verify(probes[a], probes[b])
        assert result.similarity == pytest.approx(similarity, abs=1e-9)
        assert result.match is decision
        assert result.threshold == verifier.threshold
        assert result.bundle_id == bundle.manifest.bundle_id
        assert result.file == verifier.file
        assert result.fmr == 0.01


def test_images_and_templates_are_interchangeable(verifier, probes):
    a, b = probes[0], probes[1]
    expected = verifier.verify(a, b)
    ta, tb = verifier.templates([a, b])
    assert verifier.verify(ta, tb) == verifier.verify(ta, b) == verifier.verify(a, tb) == expected
    stored = Template.from_bytes(verifier.template(a).to_bytes())
    assert verifier.verify(stored, b) == expected
    assert verifier.templates([]) == ()


def test_an_image_is_most_like_itself(verifier, probes):
    # A float32 vector has length 1 within 6e-8, and the arc cosine is steep there.
    assert verifier.verify(probes[0], probes[0]).similarity == pytest.approx(1.0, abs=5e-4)


def test_embed(verifier, probes):
    vectors = verifier.embed(probes)
    assert vectors.shape == (16, verifier.embedding_size)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-6)
    assert verifier.embed(probes[:0]).shape == (0, 8)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 8, 8, 1), dtype=np.float32),
        np.zeros((8, 8, 1), dtype=np.uint8),
        np.zeros((1, 8, 8, 3), dtype=np.uint8),
        np.zeros((1, 9, 8, 1), dtype=np.uint8),
    ],
)
def test_embed_takes_pixels_of_the_models_size(verifier, pixels):
    with pytest.raises(InvalidInputError, match=r"expected uint8 pixels \(n, 8, 8, 1\), got"):
        verifier.embed(pixels)


def test_an_image_without_any_contrast_to_compare(tiny, monkeypatch, verifier):
    """A raw embedding of zeros has no direction; the message says so."""

    class Zeros:
        input, output = verifier.engine.input, verifier.engine.output

        def embed(self, pixels):
            return np.zeros((len(pixels), 8), dtype=np.float32)

    with pytest.raises(InvalidInputError, match="embedding 0 has length 0"):
        replace(verifier, engine=Zeros()).embed(np.zeros((1, 8, 8, 1), dtype=np.uint8))


def test_images_of_any_size_are_brought_to_the_models(verifier, probes):
    twice = np.repeat(np.repeat(probes[0], 2, axis=0), 2, axis=1)
    result = verifier.verify(twice, probes[0])
    assert result.match
    assert result == verifier.verify(to_input(twice, verifier.input), probes[0])


def test_another_rate_shares_the_engine(verifier, probes):
    strict = verifier.at(0.001)
    assert strict.engine is verifier.engine
    assert strict.fmr == 0.001
    assert strict.threshold > verifier.threshold
    assert strict.verify(probes[0], probes[1]).threshold == strict.threshold
    assert verifier.fmr == 0.01


def test_a_rate_between_two_points_takes_the_stricter(tiny, verifier):
    curve = verifier.entry.calibration.curve
    between = (curve[5].fmr + curve[6].fmr) / 2
    assert twinlet.load(tiny, file=verifier.file, fmr=between).threshold == curve[5].threshold


@pytest.mark.parametrize("fmr", [0.0, 1.0, 2.0, -0.1, float("nan")])
def test_what_is_no_rate(tiny, verifier, fmr):
    with pytest.raises(InvalidInputError, match="must lie strictly between 0 and 1"):
        verifier.at(fmr)
    with pytest.raises(InvalidInputError, match="must lie strictly between 0 and 1"):
        twinlet.load(tiny, fmr=fmr)


def test_a_rate_the_data_do_not_support(tiny, verifier):
    with pytest.raises(CalibrationError, match="cannot calibrate for FMR 1e-09: it needs"):
        verifier.at(1e-9)
    with pytest.raises(CalibrationError, match="got 6600"):
        twinlet.load(tiny, fmr=1e-9)


def test_templates_of_another_bundle(verifier, other, probes):
    foreign = twinlet.load(other, file=verifier.file).template(probes[0])
    for template in (foreign, foreign.to_int8()):
        with pytest.raises(InvalidInputError) as caught:
            verifier.verify(template, probes[0])
        assert "0" * 64 in str(caught.value)
        assert verifier.bundle_id in str(caught.value)


def test_templates_of_another_file(verifier, probes):
    template = replace(verifier.template(probes[0]), file="onnx-int8")
    for other in (template, template.to_int8()):
        with pytest.raises(InvalidInputError, match="made with the file onnx-int8, this"):
            verifier.verify(probes[0], other)


def test_templates_of_another_length(verifier):
    short = Template(np.array([1.0], dtype=np.float32), verifier.bundle_id, verifier.file)
    for template in (short, short.to_int8()):
        with pytest.raises(InvalidInputError, match="expected a template of 8 dimensions, got 1"):
            verifier.verify(template, template)


def test_both_engines_decide_alike(tiny, probes, both_engines):
    one, other = (twinlet.load(tiny, file=name) for name in both_engines)
    for fmr in (0.1, 0.01, 0.001):
        for a in range(len(probes)):
            for b in range(a):
                first = one.at(fmr).verify(probes[a], probes[b])
                second = other.at(fmr).verify(probes[a], probes[b])
                assert first == replace(second, file=first.file)


@pytest.mark.usefixtures("both_engines")
def test_the_file_that_is_taken(tiny, monkeypatch):
    assert twinlet.load(tiny).file == "litert-fp32"
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    assert twinlet.load(tiny).file == "onnx-fp32"
    with pytest.raises(MissingExtraError, match=r"pip install 'twinlet\[litert\]'"):
        twinlet.load(tiny, file="litert-fp32")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError) as caught:
        twinlet.load(tiny)
    assert "`pip install 'twinlet[litert]'` or `pip install 'twinlet[onnx]'`" in str(caught.value)


def test_the_bundles_own_order_counts_after_the_exact_files(tmp_path, contents, verifier):
    """A bundle with no exact file: the first of its files that can run."""
    exact = verifier.file
    packed = next(file for file in contents.files if file.entry.name == exact)
    name = exact.replace("fp32", "int8")
    path = packed.entry.path.replace("fp32", "int8")
    entry = replace(packed.entry, name=name, precision="int8", path=path)
    golden = contents.golden
    kept = {
        part: {name: getattr(golden, part)[exact]}
        for part in ("templates", "similarities", "decisions")
    }
    changed = replace(
        contents,
        files=(replace(packed, entry=entry),),
        golden=replace(golden, **kept),
        left_out={},
    )
    write_bundle(changed, tmp_path / "x.twin")
    assert twinlet.load(tmp_path / "x.twin").file == name


def test_an_unknown_file(tiny):
    with pytest.raises(InvalidInputError, match="has no file 'x'; it has litert-fp32, onnx-fp32"):
        twinlet.load(tiny, file="x")


def test_a_model_that_is_not_what_the_manifest_says(tmp_path, contents):
    def renamed(file):
        spec = TensorSpec("another", "float32", (None, 8))
        return replace(file, entry=replace(file.entry, output=spec))

    write_bundle(replace(contents, files=tuple(map(renamed, contents.files))), tmp_path / "x.twin")
    with pytest.raises(BundleError, match=r"is not what the manifest says: it states .*another"):
        twinlet.load(tmp_path / "x.twin")


@pytest.fixture
def untrue(tmp_path, contents):
    """A bundle whose golden templates its files do not reproduce."""
    golden = contents.golden
    turned = {name: -rows for name, rows in golden.templates.items()}
    write_bundle(replace(contents, golden=replace(golden, templates=turned)), tmp_path / "x.twin")
    return tmp_path / "x.twin"


def test_a_failed_self_test(untrue):
    with pytest.raises(BundleError, match=r"self-test of .* failed: .* of cosine -1\.000000"):
        twinlet.load(untrue)


def test_the_self_test_can_be_left_out(untrue, probes):
    assert twinlet.load(untrue, self_test=False).verify(probes[0], probes[0]).match


def test_results_are_frozen(verifier, probes):
    result = verifier.verify(probes[0], probes[1])
    assert isinstance(result, Verification)
    with pytest.raises(FrozenInstanceError):
        result.match = True
    with pytest.raises(FrozenInstanceError):
        verifier.fmr = 0.5


def test_threads_share_a_verifier(verifier, probes):
    expected = [verifier.verify(probes[0], probe) for probe in probes]
    found = {}

    def work(offset):
        for row in range(offset, 16, 4):
            found[row] = verifier.verify(probes[0], probes[row])

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[row] for row in range(16)] == expected
