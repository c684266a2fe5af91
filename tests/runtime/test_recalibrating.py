import numpy as np
import pytest

from twinlet.calibrating import Source, fit
from twinlet.encodings import COMPACT_PAIRINGS
from twinlet.errors import CalibrationError, InvalidInputError
from twinlet.metrics import compare_all
from twinlet.recalibrating import IN_SAMPLE, Terms, recalibrate

SOURCE = Source("all pairs of a made-up world", "f" * 64)
TERMS = Terms(targets=(0.05,), hoped=(0.1, 1e-4))


def world(identities=40, images=4, *, noise=0.4, common=0.0, seed=1):
    """Templates like those of the tiny bundle, of eight numbers."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(identities), images)
    centres = rng.normal(size=(identities, 8)) + common
    vectors = centres[labels] + noise * rng.normal(size=(len(labels), 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.fixture(scope="module")
def entry(bundle):
    return bundle.file("onnx-fp32")


@pytest.fixture(scope="module")
def alike():
    """A world in which strangers look so alike that the shipped thresholds let many through."""
    return world(common=1.0)


def no_lower(new, old):
    """Whether no threshold of a curve is below the other's at the same rate."""
    return all(
        point.threshold >= old.point_for(max(point.fmr, old.lowest)).threshold
        for point in new.curve
    )


def test_thresholds_are_those_of_a_fit_where_they_rise(entry, alike):
    made = recalibrate(entry, *alike, terms=TERMS, source=SOURCE)
    fitted = fit(*alike, TERMS.targets, unit="identity", source=SOURCE, hoped=TERMS.hoped)
    assert made.entry.calibration == fitted
    assert no_lower(fitted, entry.calibration)
    for move in made.moves:
        assert move.shipped < move.fitted == move.taken
        assert not move.lowered


def test_what_the_file_is_stays_as_it_is(entry, alike):
    made = recalibrate(entry, *alike, terms=TERMS, source=SOURCE).entry
    for name in ("name", "path", "bytes", "sha256", "input", "output", "parity", "engine"):
        assert getattr(made, name) == getattr(entry, name)


def test_thresholds_never_fall_below_the_shipped_ones(entry):
    # In more dimensions strangers are farther apart, so this world is easier than the bundle's.
    rng = np.random.default_rng(9)
    labels = np.repeat(np.arange(120), 3)
    wide = rng.normal(size=(120, 64))[labels] + 0.2 * rng.normal(size=(360, 64))
    easy = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    made = recalibrate(entry, easy, labels, terms=TERMS, source=SOURCE)
    calibration = made.entry.calibration
    assert no_lower(calibration, entry.calibration)
    strangers = compare_all(easy, labels).non_mated
    for point in calibration.curve:
        assert point.fmr_measured == np.mean(strangers >= point.threshold)
        assert point.fmr_measured <= point.fmr_upper <= point.fmr
    assert all(move.taken == move.shipped > move.fitted for move in made.moves)
    for pairing in COMPACT_PAIRINGS:
        own, shipped = (e.compact[pairing].calibration for e in (made.entry, entry))
        assert no_lower(own, shipped)

    allowed = Terms(targets=(0.05,), hoped=(0.1, 1e-4), allow_lower=True)
    lower = recalibrate(entry, easy, labels, terms=allowed, source=SOURCE)
    assert all(move.lowered and move.taken == move.fitted for move in lower.moves)
    assert not no_lower(lower.entry.calibration, entry.calibration)


def test_operating_points_are_measured_on_the_data(entry, alike):
    made = recalibrate(entry, *alike, terms=TERMS, source=SOURCE).entry
    compared = compare_all(*alike)
    assert [point.target for point in made.operating_points] == [0.05, 0.1]  # 1e-4 is too rare
    for point in made.operating_points:
        assert point.threshold == made.calibration.point_for(point.target).threshold
        assert point.fnmr == np.mean(compared.mated < point.threshold)
        assert point.fmr == np.mean(compared.non_mated >= point.threshold)
    assert made.evaluation["protocol"] == IN_SAMPLE
    assert made.evaluation["non_mated"] == len(compared.non_mated)
    assert sum(made.curves["histogram"]["non_mated"]) == len(compared.non_mated)


def test_int8_templates_get_thresholds_too(entry, alike):
    made = recalibrate(entry, *alike, terms=TERMS, source=SOURCE).entry
    assert set(made.compact) == set(COMPACT_PAIRINGS)
    for part in made.compact.values():
        assert [point.target for point in part.operating_points] == [0.05, 0.1]
        assert part.calibration.lowest <= 0.05


def test_without_mates_fnmr_is_unknown_and_thresholds_are_the_same(entry):
    templates, labels = world(60, 1, common=1.0)
    made = recalibrate(entry, templates, labels, terms=TERMS, source=SOURCE).entry
    assert made.operating_points == ()
    assert all(part.operating_points == () for part in made.compact.values())
    assert "auc" not in made.evaluation
    assert made.evaluation["non_mated"] == sum(made.curves["histogram"]["non_mated"]) == 60 * 59 / 2
    fitted = fit(templates, labels, TERMS.targets, unit="identity", source=SOURCE, hoped=(0.1,))
    assert made.calibration.point_for(0.1) == fitted.point_for(0.1)


def test_point_estimates_promise_nothing(entry, alike):
    terms = Terms(targets=(0.05,), point_estimates=True)
    made = recalibrate(entry, *alike, terms=terms, source=SOURCE).entry
    assert not made.calibration.promised
    assert made.operating_points[0].fmr_upper is None


@pytest.mark.parametrize(
    ("data", "terms", "message"),
    [
        (world(9, 6), TERMS, "at least 10 identities .*, got 9"),
        (world(20, 2), Terms(targets=(1e-5,)), "cannot calibrate for FMR 1e-05"),
        (world(40, 4), Terms(targets=(0.05,), unit="image", confidence=0.9), ""),
    ],
)
def test_what_data_do_not_support_is_refused(entry, data, terms, message):
    if not message:
        assert recalibrate(entry, *data, terms=terms, source=SOURCE).entry.calibration.promised
        return
    with pytest.raises(CalibrationError, match=message):
        recalibrate(entry, *data, terms=terms, source=SOURCE)


@pytest.mark.parametrize(
    ("change", "terms", "message"),
    [
        (lambda t, n: (np.where(t == t[0, 0], np.nan, t), n), TERMS, "finite vectors of length 1"),
        (lambda t, n: (t, n[:-1]), TERMS, "labels must have shape"),
        (lambda t, n: (t, np.zeros_like(n)), TERMS, "at least two identities, got one"),
        (lambda t, n: (t, n), Terms(targets=(0.0,)), "strictly between 0 and 1, got 0"),
        (lambda t, n: (t, n), Terms(targets=(0.6,)), "at most 0.5, got 0.6"),
        (lambda t, n: (t, n), Terms(targets=(0.1,), confidence=1.0), "confidence must lie"),
    ],
)
def test_bad_input_is_refused(entry, alike, change, terms, message):
    with pytest.raises(InvalidInputError, match=message):
        recalibrate(entry, *change(*alike), terms=terms, source=SOURCE)
