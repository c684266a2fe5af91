"""Words for numbers."""

import pytest

from twinlet_export.report.tables import facts, percent, promise


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.00 %"),
        (1.0, "100.00 %"),
        (0.12345, "12.35 %"),
        (0.0001, "0.01 %"),
        (0.0000123, "0.0012 %"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("measured", "word"),
    [
        (0.009, "kept"),
        (0.01, "kept"),
        # 12 of 1,000: ten or more are seen in half of all draws at 1 %; 12 or more in 30 %.
        (0.012, "kept, within the uncertainty"),
        # 30 of 1,000: at 1 % there is no such draw in a million.
        (0.03, "exceeded"),
    ],
)
def test_a_promise_of_one_percent_over_a_thousand_comparisons(measured, word):
    assert f">{word}<" in promise(0.01, measured, 1000)


def test_facts_are_escaped():
    assert facts({"a<b": "c&d"}) == "<dl><dt>a&lt;b</dt><dd>c&amp;d</dd></dl>"
