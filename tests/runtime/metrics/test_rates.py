import numpy as np
import pytest

from twinlet.errors import InvalidInputError
from twinlet.metrics import Comparisons, eer, fmr, fnmr, fnmr_at_fmr, threshold_at_fmr

# Sixteenths are exact in float32 and float64, so ties are ties.
MATED = np.array([8, 10, 12, 14]) / 16
NON_MATED = np.array([2, 4, 8, 8, 12]) / 16
BY_HAND = Comparisons.from_scores(MATED, NON_MATED)


def random_scores(seed, m=40, n=90, steps=32):
    """Scores on a coarse grid, so that many tie within and across the two sides."""
    rng = np.random.default_rng(seed)
    mated = rng.binomial(steps, 0.6, m) / steps
    return Comparisons.from_scores(mated, rng.binomial(steps, 0.45, n) / steps)


@pytest.mark.parametrize(
    ("threshold", "false_matches", "misses"),
    [
        (-np.inf, 5, 0),
        (0.0, 5, 0),
        (2 / 16, 5, 0),  # a score at the threshold matches
        (3 / 16, 4, 0),
        (8 / 16, 3, 0),
        (9 / 16, 1, 1),
        (12 / 16, 1, 2),
        (13 / 16, 0, 3),
        (1.0, 0, 4),
        (np.inf, 0, 4),
    ],
)
def test_rates_by_hand(threshold, false_matches, misses):
    assert fmr(BY_HAND, threshold) == false_matches / 5
    assert fnmr(BY_HAND, threshold) == misses / 4


def test_rates_keep_the_shape_of_the_thresholds():
    thresholds = np.linspace(0, 1, 6).reshape(2, 3)
    assert fmr(BY_HAND, thresholds).shape == fnmr(BY_HAND, thresholds).shape == (2, 3)
    assert fmr(BY_HAND, 0.5).shape == ()
    assert fmr(BY_HAND, []).shape == (0,)


@pytest.mark.parametrize("rate", [fmr, fnmr])
def test_a_threshold_of_nan_is_refused(rate):
    with pytest.raises(InvalidInputError, match="got NaN"):
        rate(BY_HAND, float("nan"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (0.1, 3 / 4),  # none of 5 may match: just above 12/16, which three mated miss
        (0.2, 1 / 4),  # one may: just above 8/16
        (0.59, 1 / 4),  # two may, but 8/16 occurs twice: still one
        (0.6, 0.0),  # three may: just above 4/16
        (0.99, 0.0),
    ],
)
def test_fnmr_at_fmr_by_hand(target, expected):
    assert fnmr_at_fmr(BY_HAND, target) == expected


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("target", [0.005, 0.01, 0.1, 1 / 3, 0.5, 0.9])
def test_fnmr_at_fmr_is_the_lowest_of_all_thresholds_that_hold_the_target(seed, target):
    scores = random_scores(seed)
    everywhere = np.unique(np.concatenate([scores.mated, scores.non_mated]).astype(float))
    candidates = np.concatenate([everywhere, np.nextafter(everywhere, 2), [2.0]])
    held = [float(fnmr(scores, t)) for t in candidates if fmr(scores, t) <= target]
    assert fnmr_at_fmr(scores, target) == min(held)


def test_a_share_that_rounds_down_loses_no_comparison():
    # 0.29 * 100 is 28.999999999999996: 29 of 100 false matches are 0.29 all the same.
    # The threshold then lies just above 0.70; with 28 it would lie just above 0.71.
    scores = Comparisons.from_scores([0.705], np.arange(100) / 100)
    assert fnmr_at_fmr(scores, 0.29) == 0.0
    assert fnmr_at_fmr(scores, 0.2899) == 1.0


@pytest.mark.parametrize("target", [0.0, 1.0, 2.0, -1.0, float("nan")])
def test_a_target_outside_the_open_unit_interval_is_refused(target):
    with pytest.raises(InvalidInputError, match="strictly between 0 and 1"):
        fnmr_at_fmr(BY_HAND, target)


def eer_by_walking(scores):
    """Walk the steps of the ROC by rising threshold; draw a line where the rates cross."""
    steps = np.unique(np.concatenate([scores.mated, scores.non_mated]).astype(float))
    before = None
    for threshold in [*steps, np.inf]:
        rates = float(fmr(scores, threshold)), float(fnmr(scores, threshold))
        if rates[0] <= rates[1]:
            (x0, y0), (x1, y1) = before, rates
            # FMR and FNMR along the line from the last step to this one, where they meet.
            share = (x0 - y0) / ((x0 - y0) - (x1 - y1))
            return x0 + share * (x1 - x0)
        before = rates
    raise AssertionError


def test_eer_by_hand():
    # At 8/16 the rates are 3/5 and 0, at the next score 10/16 they are 1/5 and 1/4:
    # 3/5 - s * 2/5 = s / 4 gives s = 12/13 and the rate 3/13.
    assert eer(BY_HAND) == pytest.approx(3 / 13, abs=1e-15)


@pytest.mark.parametrize("seed", range(20))
def test_eer_is_that_of_walking_the_roc(seed):
    scores = random_scores(seed)
    assert eer(scores) == pytest.approx(eer_by_walking(scores), abs=1e-14)


@pytest.mark.parametrize(
    ("mated", "non_mated", "expected"),
    [
        ([0.75], [0.25], 0.0),
        ([0.75, 0.875], [0.25, 0.5], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.5] * 3, [0.5] * 7, 0.5),
        ([0.25], [0.75], 1.0),
        ([0.25, 0.75], [0.25, 0.75], 0.5),
    ],
)
def test_eer_at_its_edges(mated, non_mated, expected):
    assert eer(Comparisons.from_scores(mated, non_mated)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_eer_is_the_crossing_of_scikit_learns_roc(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    scores = random_scores(seed, m=301, n=707, steps=64)
    truth = np.repeat([1, 0], [301, 707])
    values = np.concatenate([scores.mated, scores.non_mated])
    false_rate, true_rate, _ = metrics.roc_curve(truth, values, drop_intermediate=False)
    # The line 1 - x falls and the ROC rises: bisect their difference.
    low, high = 0.0, 1.0
    for _ in range(60):
        x = (low + high) / 2
        low, high = (x, high) if 1 - x > np.interp(x, false_rate, true_rate) else (low, x)
    assert eer(scores) == pytest.approx(low, abs=1e-12)


@pytest.mark.parametrize(
    ("target", "excluded"),
    [(0.1, 12 / 16), (0.2, 8 / 16), (0.6, 4 / 16), (0.99, 2 / 16)],
)
def test_the_threshold_is_just_above_what_may_not_match(target, excluded):
    threshold = threshold_at_fmr(BY_HAND, target)
    assert threshold == np.nextafter(np.float32(excluded), np.float32(2))
    assert fmr(BY_HAND, threshold) <= target < fmr(BY_HAND, excluded)


def test_no_threshold_up_to_1_keeps_out_what_has_similarity_1():
    same = Comparisons.from_scores(MATED, [0.5, 1.0])
    assert threshold_at_fmr(same, 0.1) > 1.0
    assert fnmr_at_fmr(same, 0.1) == 1.0
