"""A report of a bundle that was calibrated anew."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twinlet.bundle import Bundle, write_bundle
from twinlet.calibrating import Source
from twinlet.errors import InvalidInputError
from twinlet.lineage import recalibrated_contents, record_of
from twinlet.recalibrating import Terms, recalibrate
from twinlet_export.report.page import page

TINY = Path(__file__).parents[2] / "data" / "tiny.twin"
SOURCE = Source("templates <made up>", "f" * 64)


@pytest.fixture
def again(tmp_path):
    def make(files, images):
        bundle, rng = Bundle.open(TINY), np.random.default_rng(1)
        labels = np.repeat(np.arange(40), images)
        vectors = rng.normal(1.0, 1.0, (40, 8))[labels] + 0.4 * rng.normal(size=(len(labels), 8))
        templates = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        terms = Terms(targets=(0.1,))
        made = {
            name: recalibrate(bundle.file(name), templates, labels, terms=terms, source=SOURCE)
            for name in files
        }
        record = record_of(bundle.manifest, made, terms=terms, source=SOURCE, facts={})
        contents = recalibrated_contents(bundle, made, default_fmr=0.1, record=record)
        write_bundle(contents, tmp_path / "again.twin")
        return Bundle.open(tmp_path / "again.twin")

    return make


def test_it_says_where_thresholds_are_from(again):
    text = page(again(["litert-fp32", "onnx-fp32"], 4), "again")
    assert "templates &lt;made up&gt;" in text
    assert "Thresholds and error rates of litert-fp32, onnx-fp32 are of these comparisons" in text
    assert "Calibrated anew" not in page(Bundle.open(TINY), "tiny")


def test_files_without_error_rates_are_named_and_not_drawn(again):
    text = page(again(["onnx-fp32"], 1), "again")
    assert "As shipped: litert-fp32." in text
    assert "Without error rates, and not shown: onnx-fp32." in text
    assert "<b>onnx-fp32</b>" not in text


def test_a_bundle_without_any_is_refused(again):
    with pytest.raises(InvalidInputError, match="no file of this bundle has error rates to draw"):
        page(again(["litert-fp32", "onnx-fp32"], 1), "again")


def test_a_file_may_have_no_point_at_the_default(again):
    bundle = again(["litert-fp32", "onnx-fp32"], 4)
    other = replace(bundle, manifest=replace(bundle.manifest, default_fmr=0.2))
    assert "<td>&ndash;</td>" in page(other, "again")
