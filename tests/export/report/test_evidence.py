"""The section on evidence says what the manifest says."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

import pytest

from twinlet.bundle import Bundle
from twinlet.encodings import Pairing
from twinlet.likelihood import Likelihood
from twinlet_export.report.evidence import evidence_section
from twinlet_export.report.page import page

EVIL = "<script>alert(1)</script>"
GROUPS = {
    "predicted": [0.03, 0.45, 0.98],
    "observed": [0.025, 0.5, 0.9875],
    "mated": [12, 300, 4000],
    "non_mated": [98765, 700, 3],
}


@pytest.fixture
def bundle(request):
    return Bundle.open(request.path.parents[2] / "data" / "tiny.twin")


@pytest.fixture
def weighed(bundle):
    """The first file alone has log-likelihood ratios."""
    manifest = bundle.manifest
    name, entry = next(iter(manifest.files.items()))
    ratios = {
        pairing: Likelihood(EVIL, ((0.4, -3.0), (0.9, 4.0)), 540, 6600, 0.25 + place / 8, 0.125)
        for place, pairing in enumerate(Pairing)
    }
    entry = dataclasses.replace(
        entry, likelihood=ratios, curves={**entry.curves, "reliability": GROUPS}
    )
    files = {**manifest.files, name: entry}
    return dataclasses.replace(bundle, manifest=dataclasses.replace(manifest, files=files))


def test_a_bundle_of_before_has_no_section(bundle):
    assert evidence_section(bundle.manifest) == ""
    assert "<h2>Evidence</h2>" not in page(bundle, "x")


def test_costs_are_told_of_every_pairing(weighed):
    text = evidence_section(weighed.manifest)
    row = "<td>{}</td><td>{}</td><td>0.1250</td><td>{}</td><td>1/20 to 55</td>"
    assert row.format("float32", "0.2500", "0.1250") in text
    assert row.format("float32 with int8", "0.3750", "0.2500") in text
    assert row.format("int8", "0.5000", "0.3750") in text


def test_counts_stand_beside_what_was_predicted_and_observed(weighed):
    text = evidence_section(weighed.manifest)
    assert "<td>3.00 %</td><td>2.50 %</td><td>12</td><td>98,765</td>" in text
    assert "<td>98.00 %</td><td>98.75 %</td><td>4,000</td><td>3</td>" in text


def test_the_drawing_names_only_files_that_have_ratios(weighed):
    first, other = weighed.manifest.files
    (drawing,) = re.findall(r"<svg.*?</svg>", evidence_section(weighed.manifest), flags=re.DOTALL)
    ElementTree.fromstring(drawing)
    assert f"{first}  0.250" in drawing
    assert other not in drawing
    assert "predicted probability" in drawing


def test_it_stands_in_the_page_and_smuggles_nothing_in(weighed):
    text = page(weighed, "x")
    assert text.count("<h2>Evidence</h2>") == 1
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
