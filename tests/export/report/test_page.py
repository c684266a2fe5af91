"""The page says what the manifest says, and needs nothing from outside."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from twinlet.bundle import Bundle
from twinlet_export.report.page import page

TINY = Path(__file__).parents[2] / "data" / "tiny.twin"
VOID = {"meta", "img", "br", "!doctype"}


class Strict(HTMLParser):
    """Check that every tag is closed in order, and collect addresses."""

    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for key, value in attrs if key in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.addresses += [value for key, value in attrs if key in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def bundle():
    return Bundle.open(TINY)


@pytest.fixture(scope="module")
def html(bundle):
    return page(bundle, "tiny.twin")


def test_it_is_well_formed_and_self_contained(html):
    parser = Strict()
    parser.feed(html)
    assert parser.open == []
    assert parser.addresses
    assert all(re.match(r"data:image/png;base64,|#", address) for address in parser.addresses)
    assert "<script" not in html
    assert "@import" not in html


def test_every_drawing_is_xml(html, bundle):
    drawings = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    # ROC, DET and one histogram a file.
    assert len(drawings) == 2 + len(bundle.manifest.files)
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_it_names_every_file_with_its_figures(html, bundle):
    for name, entry in bundle.manifest.files.items():
        assert f"<b>{name}</b>" in html
        assert f"{entry.evaluation['auc']:.4f}" in html
        for point in entry.operating_points:
            assert f"{100 * point.threshold:.2f} %" in html


def test_every_golden_pair_is_shown_with_its_similarity(html, bundle):
    golden = bundle.golden()
    first = next(iter(bundle.manifest.files))
    assert html.count('<figure class="pair ') == len(golden.pairs)
    for similarity in golden.similarities[first]:
        assert f"<b>{100 * similarity:.1f} %</b>" in html
    wrong = sum(
        decision != pair[2]
        for pair, decision in zip(golden.pairs, golden.decisions[first], strict=True)
    )
    assert html.count('<figure class="pair wrong">') == wrong


def test_the_same_bundle_gives_the_same_page(html, bundle):
    assert page(bundle, "tiny.twin") == html


def test_it_says_what_the_test_part_decides(html):
    assert (
        "The test part shows whether it holds. Nothing was chosen by it, except that a file which "
        "misses too much beyond the twin there is left out."
    ) in html
    assert "seen by nobody" not in html


def test_names_cannot_smuggle_markup_in(bundle):
    evil = "<script>alert(1)</script>"
    manifest = dataclasses.replace(
        bundle.manifest,
        left_out={"onnx-int8": evil},
        refused={"0.001": evil},
        provenance={"data": evil, "config": {evil: {"a": evil}}, "versions": {evil: evil}},
        golden=dataclasses.replace(
            bundle.manifest.golden, labels=(evil,) * bundle.manifest.golden.probes
        ),
    )
    text = page(dataclasses.replace(bundle, manifest=manifest), evil)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
