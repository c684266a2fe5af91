"""Verifying int8 templates: every mixture of encodings has thresholds of its own."""

from dataclasses import replace

import pytest

import twinlet
from twinlet import CalibrationError, Template
from twinlet.bundle import write_bundle
from twinlet.encodings import Pairing


@pytest.mark.parametrize(
    ("first", "second", "pairing"),
    [
        ("float32", "float32", Pairing.FLOAT32),
        ("float32", "int8", Pairing.CROSS),
        ("int8", "float32", Pairing.CROSS),
        ("int8", "int8", Pairing.INT8),
    ],
)
def test_every_mixture_has_its_own_threshold(verifier, probes, first, second, pairing):
    def kept(template, encoding):
        return template.to_int8() if encoding == "int8" else template

    a, b = verifier.templates(probes[:2])
    for fmr in (0.01, 0.1):
        at = verifier.at(fmr)
        result = at.verify(kept(a, first), kept(b, second))
        expected = at.entry.calibration_for(pairing).point_for(fmr).threshold
        assert result.threshold == at.threshold_for(pairing) == expected
        assert result.match == (result.similarity >= expected)
        assert result.similarity == pytest.approx(verifier.verify(a, b).similarity, abs=0.005)
    small = Template.from_bytes(a.to_int8().to_bytes())
    assert verifier.verify(small, b) == verifier.verify(a.to_int8(), probes[1])
    assert verifier.verify(small, small).similarity == 1.0


def test_the_mixtures_have_thresholds_that_differ(verifier):
    assert len({verifier.threshold_for(pairing) for pairing in Pairing}) == 3


def test_a_bundle_of_before_int8_templates(tmp_path, contents, verifier, probes):
    def older(file):
        return replace(file, entry=replace(file.entry, compact={}))

    path = tmp_path / "older.twin"
    write_bundle(replace(contents, files=tuple(map(older, contents.files))), path)
    old = twinlet.load(path, file=verifier.file)
    a, b = old.templates(probes[:2])
    assert old.verify(a, b) == verifier.verify(a, b)
    for pair in ((a.to_int8(), b), (a, b.to_int8()), (a.to_int8(), b.to_int8())):
        with pytest.raises(CalibrationError) as caught:
            old.verify(*pair)
        assert f"holds no thresholds of {verifier.file} for int8 templates" in str(caught.value)
        assert "export it again" in str(caught.value)


@pytest.mark.parametrize("fmr", [1e-9, 1e-5])
def test_a_rate_the_data_do_not_support_for_int8(verifier, probes, fmr):
    with pytest.raises(CalibrationError, match="cannot calibrate for FMR"):
        replace(verifier, fmr=fmr).threshold_for(Pairing.INT8)
