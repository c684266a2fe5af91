"""Drawings hold what they are named for."""

from pathlib import Path

import pytest

from twinlet.bundle import Bundle
from twinlet_export.report.plots import det_plot, histogram_plot, roc_plot

TINY = Path(__file__).parents[2] / "data" / "tiny.twin"


@pytest.fixture(scope="module")
def manifest():
    return Bundle.open(TINY).manifest


@pytest.mark.parametrize("draw", [roc_plot, det_plot])
def test_curves_name_every_file(manifest, draw):
    svg = draw(manifest.files)
    assert all(name in svg for name in manifest.files)
    assert "match rate" in svg


def test_a_histogram_marks_every_threshold(manifest):
    entry = next(iter(manifest.files.values()))
    svg = histogram_plot(entry, manifest.default_fmr)
    for point in entry.operating_points:
        assert f"FMR {100 * point.target:g} %" in svg


def test_drawing_leaves_no_style_behind(manifest):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    roc_plot(manifest.files)
    assert dict(mpl.rcParams) == before
