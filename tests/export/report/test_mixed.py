"""The section on layers in float says what the manifest says."""

import dataclasses

import pytest

from twinlet.bundle import Bundle
from twinlet_export.report.mixed import mixed_section
from twinlet_export.report.page import page

EVIL = "<script>alert(1)</script>"
TRY = {"float": ["stem", EVIL], "fnmr": 0.125, "bytes": 300, "latency": 0.52}
SEARCHED = {
    "summary": f"2 of 9 layers in float {EVIL}",
    "searched": True,
    "kept": ["stem", EVIL],
    "target": 0.05,
    "images": {"ranking": 120, "confirming": 120},
    "int8": {"float": [], "fnmr": 0.75, "bytes": 250, "latency": 0.31},
    "fp32_bytes": 1000,
    "steps": [{**TRY, "outcome": "kept"}],
    "tries": [TRY],
}


@pytest.fixture
def bundle(request):
    return Bundle.open(request.path.parents[2] / "data" / "tiny.twin")


def with_mixed(bundle, mixed):
    manifest = bundle.manifest
    name, entry = next(iter(manifest.files.items()))
    files = {**manifest.files, name: dataclasses.replace(entry, mixed=mixed)}
    return dataclasses.replace(bundle, manifest=dataclasses.replace(manifest, files=files))


def test_without_a_search_there_is_no_section(bundle):
    assert mixed_section(bundle.manifest) == ""
    assert "Layers of int8 files" not in page(bundle, "x")


def test_each_step_shows_misses_bytes_and_latency(bundle):
    text = page(with_mixed(bundle, SEARCHED), "x")
    assert "FNMR at FMR 5 %, 120 validation images" in text
    assert "<td>none</td><td>75.00 %</td><td>0.250</td><td>0.31</td><td>int8 alone</td>" in text
    assert "<td>12.50 %</td><td>0.300</td><td>0.52</td><td>kept</td>" in text
    assert "<summary>all 1 tries</summary>" in text
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") == 3  # in the sentence, in a step, in a try


def test_what_was_not_searched_is_one_sentence(bundle):
    mixed = {"summary": "int8 loses nothing", "searched": False, "kept": []}
    text = mixed_section(with_mixed(bundle, mixed).manifest)
    assert "int8 loses nothing" in text
    assert "<table>" not in text
