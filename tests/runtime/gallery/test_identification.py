"""Ranking, and the threshold for a search."""

from dataclasses import replace

import numpy as np
import pytest

from twinlet import CalibrationError, InvalidInputError
from twinlet.calibration import Basis, Calibration, CurvePoint
from twinlet.compact import quantise
from twinlet.gallery.identification import (
    Identification,
    Index,
    fmr_for,
    most_templates,
    point_for_search,
)
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


def brute_force(rows, probe, owners):
    """The loop over all templates in float64: the best of each identity, equal ones by id."""
    best = {}
    for owner, row in zip(owners, rows, strict=True):
        best[owner] = max(best.get(owner, 0.0), float(similarity(row, probe)))
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))


def at_angles(generator, probe, angles):
    """Unit vectors of float32 at these angles from a probe, in random directions."""
    aside = generator.normal(size=(len(angles), len(probe)))
    aside -= np.outer(aside @ probe, probe) / (probe @ probe)
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return normalise(np.cos(angles)[:, np.newaxis] * probe + np.sin(angles)[:, np.newaxis] * aside)


def test_of_two_near_duplicates_the_nearer_one_is_named_however_many_are_asked_for():
    """Their cosines differ by 1e-9: in float32 not at all, or the wrong way round."""
    generator = np.random.default_rng(3)
    for _ in range(300):
        (probe,) = normalise(generator.normal(size=(1, 128)))
        wide = probe.astype(np.float64)
        rows = at_angles(generator, wide, np.array([6e-5, 3e-5]))
        index = Index(("a", "b"), np.arange(2), rows)
        both = brute_force(rows, probe, ("a", "b"))
        for top in (1, 2):
            found = index.rank(probe, top)
            assert [(candidate.id, candidate.similarity) for candidate in found] == both[:top]


@pytest.mark.parametrize("probed", ["float32", "int8"])
@pytest.mark.parametrize("kept", ["float32", "int8"])
def test_a_crowd_of_near_duplicates_is_ranked_as_by_verifying_each(kept, probed):
    """Both the cut and the best of an identity's templates lie within float32's rounding."""
    generator = np.random.default_rng(4)
    owners = [f"{number // 3:04}" for number in range(9000)]
    (exact,) = normalise(generator.normal(size=(1, 96)))
    vectors = at_angles(generator, exact.astype(np.float64), generator.uniform(0, 2e-3, size=9000))
    rows = quantise(vectors).numbers if kept == "int8" else vectors
    probe = quantise(exact[np.newaxis]).numbers[0] if probed == "int8" else exact
    index = Index(tuple(sorted(set(owners))), np.arange(0, 9000, 3), rows)
    expected = brute_force(rows, probe, owners)
    for top in (1, 2, 7, 50, 3000, 5000):
        found = [(candidate.id, candidate.similarity) for candidate in index.rank(probe, top)]
        assert found == expected[:top]


def test_vectors_a_little_too_long_are_no_more_alike_than_the_same_vector():
    rows = np.array(
        [[1, 0], [1.0005, 0], [0, 1]], dtype=np.float32
    )  # within a template's tolerance
    index = Index(("a", "b", "c"), np.arange(3), rows)
    probe = np.array([1, 0], dtype=np.float32)
    for top in (1, 2, 3):
        assert [candidate.id for candidate in index.rank(probe, top)] == ["a", "b", "c"][:top]


def test_nobody_to_rank():
    empty = Index((), np.zeros(0, dtype=np.intp), np.zeros((0, 2), dtype=np.float32))
    assert empty.rank(np.array([1, 0], dtype=np.float32), 3) == ()


@pytest.mark.parametrize("templates", [1, 2, 10, 1000])
@pytest.mark.parametrize("fpir", [0.001, 0.05, 0.5])
def test_comparisons_at_that_rate_stay_within_the_target_however_they_depend(fpir, templates):
    rate = fmr_for(fpir, templates)
    # Never two at once: the chances add up. Independent: less. All at once: as one alone.
    exclusive = templates * rate
    independent = 1 - (1 - rate) ** templates
    assert exclusive == pytest.approx(fpir, rel=1e-12)
    assert rate <= independent <= fpir * (1 + 1e-12)


@pytest.mark.parametrize("dependence", ["exclusive", "independent", "together"])
def test_a_simulated_gallery_holds_the_target(dependence):
    """40,000 searches of 50 templates whose similarities are uniform, each by itself."""
    rng = np.random.default_rng(7)
    if dependence == "exclusive":
        # One uniform number turned around the circle by a fiftieth for each template.
        scores = (rng.uniform(size=(40_000, 1)) + np.arange(50) / 50) % 1.0
    elif dependence == "independent":
        scores = rng.uniform(size=(40_000, 50))
    else:
        scores = np.repeat(rng.uniform(size=(40_000, 1)), 50, axis=1)
    found = np.mean((scores >= 1 - fmr_for(0.05, 50)).any(axis=1))  # P(uniform >= t) = 1 - t
    noise = 3 * (0.05 * 0.95 / 40_000) ** 0.5
    assert found <= 0.05 + noise
    if dependence == "exclusive":  # there is nothing to spare
        assert found >= 0.05 - noise


def threshold(fpir, templates, calibration=CALIBRATION, **options):
    return point_for_search(fpir, templates, calibration, **options).threshold


def test_the_threshold_rises_with_the_gallery():
    # FMR for FPIR 0.05: N = 1 -> 0.05, N = 5 -> 0.01, N = 6 -> 0.0083, N = 50 -> 0.001
    assert threshold(0.05, 0) == 0.8
    assert threshold(0.05, 1) == 0.8
    assert threshold(0.05, 5) == 0.8
    assert threshold(0.05, 6) == 0.9
    assert threshold(0.05, 50) == 0.9
    assert threshold(0.5, 1) == 0.7


def test_a_gallery_too_large_for_the_calibration():
    with pytest.raises(CalibrationError) as caught:
        threshold(0.05, 51)
    assert str(caught.value) == (
        "cannot search 51 templates at FPIR 0.05: it takes a threshold for FMR 0.00098, and this "
        "file's calibration begins at 0.001; raise the target FPIR to 0.051, enrol 50 templates "
        "at most, or calibrate with more identities"
    )
    assert threshold(0.051, 51) == 0.9


@pytest.mark.parametrize(
    ("fpir", "templates", "ways"),
    [
        (0.05, 995, "raise the target FPIR to 1"),  # 0.995, to two digits up: no rate
        (0.05, 2000, "raise"),  # 2: no rate either
        (0.0005, 1, "enrol"),  # not even one
    ],
)
def test_ways_that_lead_nowhere_are_not_named(fpir, templates, ways):
    with pytest.raises(CalibrationError, match="calibrate with more identities") as caught:
        threshold(fpir, templates)
    assert ways not in str(caught.value)


@pytest.mark.parametrize("templates", [52, 53, 73, 134, 700, 994])
def test_whoever_follows_the_advice_is_not_refused_again(templates):
    with pytest.raises(CalibrationError) as caught:
        threshold(0.05, templates)
    advised = str(caught.value).partition("raise the target FPIR to ")[2].partition(",")[0]
    if advised:
        assert threshold(float(advised), templates) == 0.9


@pytest.mark.parametrize("fpir", [0.0009, 0.001, 0.05, 0.3, 0.7])
def test_the_most_templates_are_just_those_that_can_be_searched(fpir):
    most = most_templates(fpir, CALIBRATION)
    if most:
        assert threshold(fpir, most) == 0.9
    with pytest.raises(CalibrationError):
        threshold(fpir, most + 1)


def test_a_tail_reaches_further_for_those_who_ask():
    tail = CurvePoint(0.0001, 0.95, 0.0, None, Basis.EXTRAPOLATED)
    longer = replace(CALIBRATION, curve=(tail, *CALIBRATION.curve))
    with pytest.raises(CalibrationError, match=r"begins at 0\.001; .* extrapolated threshold, of"):
        threshold(0.05, 51, longer)
    point = point_for_search(0.05, 500, longer, extrapolate=True)
    assert (point.threshold, point.basis) == (0.95, Basis.EXTRAPOLATED)
    assert point_for_search(0.05, 50, longer, extrapolate=True).basis is Basis.BOUND
    assert most_templates(0.05, longer, extrapolate=True) == 500
    with pytest.raises(CalibrationError, match=r"begins at 0.0001; raise .* to 0\.051, enrol"):
        threshold(0.05, 501, longer, extrapolate=True)


def test_what_would_help_is_what_was_calibrated_with():
    with pytest.raises(CalibrationError, match="calibrate with more images"):
        threshold(0.05, 51, replace(CALIBRATION, unit="image"))


@pytest.mark.parametrize(
    ("basis", "unit", "promised"),
    [
        (Basis.BOUND, "identity", True),
        (Basis.BOUND, "comparison", True),
        (Basis.BOUND, "image", False),  # of the same identities, and a stranger is none of them
        (Basis.ESTIMATE, "identity", False),
        (Basis.EXTRAPOLATED, "identity", False),
    ],
)
def test_what_is_promised_of_strangers(basis, unit, promised):
    assert Identification((), True, 0.9, 0.05, basis, unit).promised is promised


@pytest.mark.parametrize("fpir", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_what_is_no_rate(fpir):
    with pytest.raises(InvalidInputError, match="FPIR must lie strictly between 0 and 1"):
        threshold(fpir, 3)
    with pytest.raises(InvalidInputError, match="FPIR must lie strictly between 0 and 1"):
        most_templates(fpir, CALIBRATION)
