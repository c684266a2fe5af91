"""Words for numbers."""

from dataclasses import replace

import numpy as np
import pytest

from twinlet.bundle import Bundle
from twinlet.metrics import clopper_pearson, clustered_upper, compare_all
from twinlet.promise import Verdict, check_promises, count_around
from twinlet_export.report.tables import facts, percent, promise, promises_table


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
    ("measured", "upper", "words"),
    [
        (0.004, 0.009, ">kept<"),
        (0.004, 0.010, ">kept<"),
        (0.004, 0.011, "kept as measured; not enough data to be sure"),
        (0.010, 0.015, "kept as measured; not enough data to be sure"),
        # As far below as the bound is above: 1.26 - (2.3 - 1.26) = 0.22 %, and 3 - 1 = 2 %.
        (0.0126, 0.023, "above as measured; whether by chance, <code>twinlet evaluate</code> says"),
        (0.03, 0.04, ">exceeded<"),
        # Nothing can be said of others: no rate shows that it is no chance.
        (0.004, 1.0, "kept as measured"),
        (0.9, 1.0, "above as measured"),
        (0.9, 0.95, ">exceeded<"),
    ],
)
def test_a_promise_of_one_percent(measured, upper, words):
    assert words in promise(0.01, measured, upper)


def drawn(seed):
    """40 identities of 25 images, some of which look alike: unit vectors and labels."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(40), 25)
    vectors = rng.normal(size=(40, 12))[labels] + 0.4 * rng.normal(size=(len(labels), 12))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_it_is_never_surer_than_evaluate():
    said = set()
    for seed in range(6):
        templates, labels = drawn(seed)
        scores = compare_all(templates, labels).non_mated
        # One threshold that lets 1.26 % in; promised are rates around, from far below to above.
        threshold = float(np.quantile(scores, 1.0 - 0.0126))
        counts = count_around(templates, labels, [threshold], non_mated=scores, unit="identity")
        upper = clustered_upper(counts)[np.searchsorted(counts.thresholds, threshold)]
        targets = dict.fromkeys((0.0001, 0.001, 0.01, 0.02, 0.2), threshold)
        for check in check_promises(counts, targets):
            words = promise(check.target, check.fmr, upper)
            assert (">kept<" in words) == (check.verdict is Verdict.INSIDE)
            assert ("exceeded" not in words) or check.verdict is Verdict.VIOLATED
            # All pairs taken for independent, one percent would be exceeded each time.
            wrong = clopper_pearson(round(check.fmr * check.comparisons), check.comparisons, 0.9)
            assert wrong[0] > 0.01
            said |= {(check.target, "exceeded" in words, ">kept<" in words)}
    assert {(0.0001, True, False), (0.01, False, False), (0.2, False, True)} <= said


@pytest.fixture
def manifest(request):
    return Bundle.open(request.path.parents[2] / "data" / "tiny.twin").manifest


def with_measured(manifest, **figures):
    """One file, of whose rates at 1 % these were measured, over a million comparisons."""
    name, entry = next(iter(manifest.files.items()))
    rates = entry.evaluation["fmr"]
    fmr = {**rates, "0.01": {"threshold": rates["0.01"]["threshold"], **figures}}
    entry = replace(entry, evaluation={**entry.evaluation, "fmr": fmr, "non_mated": 10**6})
    return replace(manifest, files={name: entry})


def test_the_verdict_knows_what_comparisons_share(manifest):
    text = promises_table(with_measured(manifest, fmr=0.0126, fmr_upper=0.023))
    assert "1.26 %</td><td>above as measured" in text
    assert "exceeded" not in text
    text = promises_table(with_measured(manifest, fmr=0.03, fmr_upper=0.04))
    assert '3.00 %</td><td><span class="broken">exceeded' in text


def test_without_a_bound_nothing_is_sure(manifest):
    text = promises_table(with_measured(manifest, fmr=0.004))
    assert "0.40 %</td><td>kept as measured; not enough data to be sure" in text


def test_facts_are_escaped():
    assert facts({"a<b": "c&d"}) == "<dl><dt>a&lt;b</dt><dd>c&amp;d</dd></dl>"
