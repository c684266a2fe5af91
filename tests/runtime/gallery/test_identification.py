"""Ranking, and the threshold for a search."""

import numpy as np
import pytest

from twinlet import CalibrationError, InvalidInputError
from twinlet.calibration import Calibration, CurvePoint
from twinlet.compact import quantise
from twinlet.gallery.identification import Index, fmr_for, threshold_for
from twinlet.scores import similarity
from twinlet.templates import normalise

CALIBRATION = Calibration(
    curve=tuple(
        CurvePoint(fmr, threshold, fmr / 2, fmr)
        for fmr, threshold in ((0.001, 0.9), (0.01, 0.8), (0.1, 0.7))
    ),
    method="test",
    confidence=0.95,
    comparisons=3000,
    identities=10,
    images=100,
    protocol="test",
    data_fingerprint="",
)


def test_rank_is_a_loop_over_all_templates():
    generator = np.random.default_rng(5)
    vectors = normalise(generator.normal(size=(40, 6)))
    owners = np.sort(generator.integers(0, 9, size=40))
    ids = tuple(f"id-{owner}" for owner in np.unique(owners))
    index = Index(ids, np.unique(owners, return_index=True)[1], vectors)
    for probe in normalise(generator.normal(size=(20, 6))):
        best = {
            f"id-{owner}": max(
                float(similarity(vectors[row], probe)) for row in np.flatnonzero(owners == owner)
            )
            for owner in np.unique(owners)
        }
        expected = sorted(best.items(), key=lambda pair: -pair[1])
        for top in (1, 3, 100):
            found = [(candidate.id, candidate.similarity) for candidate in index.rank(probe, top)]
            assert [name for name, _ in found] == [name for name, _ in expected[:top]]
            assert found == [(name, pytest.approx(value)) for name, value in expected[:top]]


@pytest.mark.parametrize("probed", ["float32", "int8"])
@pytest.mark.parametrize("kept", ["float32", "int8"])
def test_rank_in_every_mixture(kept, probed):
    """The loop over all templates again, over several blocks of int8 rows."""
    generator = np.random.default_rng(8)
    vectors, probes = (normalise(generator.normal(size=(count, 128))) for count in (1200, 5))
    rows, searched = (
        quantise(values).numbers if encoding == "int8" else values
        for values, encoding in ((vectors, kept), (probes, probed))
    )
    index = Index(tuple(f"{owner:03}" for owner in range(300)), np.arange(0, 1200, 4), rows)
    for probe in searched:
        scores = similarity(rows, probe).reshape(300, 4).max(axis=1)
        expected = [(f"{owner:03}", scores[owner]) for owner in np.argsort(-scores)[:7]]
        found = [(candidate.id, candidate.similarity) for candidate in index.rank(probe, 7)]
        assert found == [(name, pytest.approx(score, abs=1e-12)) for name, score in expected]


def test_equal_similarities_are_ranked_by_id():
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    index = Index(("a", "b", "c"), np.arange(3), vectors)
    ranked = index.rank(np.array([1, 0], dtype=np.float32), 3)
    assert [candidate.id for candidate in ranked] == ["a", "b", "c"]


def test_nobody_to_rank():
    empty = Index((), np.zeros(0, dtype=np.intp), np.zeros((0, 2), dtype=np.float32))
    assert empty.rank(np.array([1, 0], dtype=np.float32), 3) == ()


@pytest.mark.parametrize("templates", [1, 2, 10, 1000])
@pytest.mark.parametrize("fpir", [0.001, 0.05, 0.5])
def test_independent_comparisons_at_that_rate_add_up_to_the_target(fpir, templates):
    # P(at least one false match) = 1 - P(none) = 1 - (1 - FMR) ** N
    assert 1 - (1 - fmr_for(fpir, templates)) ** templates == pytest.approx(fpir, rel=1e-9)


def test_a_simulated_gallery_holds_the_target():
    """20,000 searches of 50 templates whose comparisons are independent and uniform."""
    scores = np.random.default_rng(7).uniform(size=(20_000, 50))
    threshold = 1 - fmr_for(0.05, 50)  # P(uniform >= t) = 1 - t
    found = np.mean((scores >= threshold).any(axis=1))
    assert found == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 20_000) ** 0.5)


def test_the_threshold_rises_with_the_gallery():
    # FMR for FPIR 0.05: N = 1 -> 0.05, N = 2 -> 0.0253, N = 6 -> 0.0085, N = 51 -> 0.0010051
    assert threshold_for(0.05, 0, CALIBRATION) == 0.8
    assert threshold_for(0.05, 1, CALIBRATION) == 0.8
    assert threshold_for(0.05, 5, CALIBRATION) == 0.8
    assert threshold_for(0.05, 6, CALIBRATION) == 0.9
    assert threshold_for(0.05, 51, CALIBRATION) == 0.9
    assert threshold_for(0.5, 1, CALIBRATION) == 0.7


def test_a_gallery_too_large_for_the_calibration():
    with pytest.raises(CalibrationError) as caught:
        threshold_for(0.05, 52, CALIBRATION)
    message = str(caught.value)
    assert (
        "cannot search 52 templates at FPIR 0.05: it takes a threshold for FMR 0.00099" in message
    )
    assert "begins at 0.001" in message
    # 1 - 0.999 ** 52 = 0.0507
    assert "raise the target FPIR to 0.051" in message
    assert threshold_for(0.051, 52, CALIBRATION) == 0.9


@pytest.mark.parametrize("fpir", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_what_is_no_rate(fpir):
    with pytest.raises(InvalidInputError, match="FPIR must lie strictly between 0 and 1"):
        threshold_for(fpir, 3, CALIBRATION)
