"""The card says what the entries say."""

from dataclasses import replace

import pytest

from twinlet.bundle import Bundle
from twinlet_export.model_card import model_card

PROVENANCE = {
    "data": "digits",
    "data_fingerprint": "f" * 64,
    "classes": ["zero", "one"],
    "protocol": "halves",
    "limits": {},
}


@pytest.fixture
def entries(request):
    return list(Bundle.open(request.path.parents[1] / "data" / "tiny.twin").manifest.files.values())


def table(entries):
    """Cells of the card's table, the line under the header left out."""
    card = model_card(entries, PROVENANCE, left_out={}, refused={})
    lines = [line for line in card.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in rows} == {len(rows[0])}  # Markdown drops what is beyond
    return [rows[0], *rows[2:]]


def holding(entry, *targets):
    points = {point.target: point for point in entry.operating_points}
    return replace(entry, operating_points=tuple(points[target] for target in targets))


def cell(entry, target):
    point = next(point for point in entry.operating_points if point.target == target)
    low, high = (100 * bound for bound in point.fnmr_interval)
    return f"{100 * point.fnmr:.2f} % [{low:.2f}, {high:.2f}]"


def test_a_file_that_holds_more_targets_than_the_first_shows_them(entries):
    first, second = entries
    head, *rows = table([holding(first, 0.01), holding(second, 0.01, 0.1, 0.001)])
    assert head[4:] == ["FNMR at FMR 1 %", "FNMR at FMR 10 %", "FNMR at FMR 0.1 %"]
    assert rows[0][4:] == [cell(first, 0.01), "-", "-"]
    assert rows[1][4:] == [cell(second, 0.01), cell(second, 0.1), cell(second, 0.001)]


def test_a_file_that_holds_fewer_has_each_rate_under_its_own_target(entries):
    first, second = entries
    head, *rows = table([holding(first, 0.01, 0.1, 0.001), holding(second, 0.01, 0.001)])
    assert head[4:] == ["FNMR at FMR 1 %", "FNMR at FMR 10 %", "FNMR at FMR 0.1 %"]
    assert rows[1][4:] == [cell(second, 0.01), "-", cell(second, 0.001)]
