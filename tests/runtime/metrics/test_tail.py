import numpy as np
import pytest

from twinlet.errors import CalibrationError
from twinlet.metrics import fit_tail


def rising(values):
    return np.sort(np.asarray(values, dtype=np.float32))


def test_an_exponential_tail_is_found():
    # Above any start, exponential scores fall off with the same scale: shape 0.
    scores = rising(np.random.default_rng(1).exponential(0.02, 1_000_000))
    tail = fit_tail(scores)
    assert tail.shape == pytest.approx(0.0, abs=0.03)
    assert tail.scale == pytest.approx(0.02, rel=0.05)
    # P(score > t) = exp(-t / 0.02)
    rates = np.array([1e-3, 1e-5])
    assert tail.thresholds(rates) == pytest.approx(-0.02 * np.log(rates), rel=0.05)


def test_a_tail_that_ends_is_found():
    # Uniform on [0, 0.5]: what exceeds a start ends at 0.5, which is a shape of -1.
    tail = fit_tail(rising(np.random.default_rng(2).uniform(0.0, 0.5, 500_000)))
    assert tail.shape == pytest.approx(-1.0, abs=0.05)
    assert tail.thresholds(1e-6) == pytest.approx(0.5, abs=1e-4)
    assert tail.thresholds([0.01, 1e-4]).shape == (2,)


def test_the_parameters_have_the_measured_moments():
    # By hand: 100 exceedances of 10,000 scores; b0 = mean, b1 = mean of (1 - p) x.
    above = np.linspace(0.001, 0.1, 100)
    scores = rising(np.concatenate([np.full(9900, 0.4), 0.4 + above]))
    tail = fit_tail(scores)
    first = above.mean()
    second = np.mean((1 - (np.arange(1, 101) - 0.35) / 100) * above)
    assert tail.start == pytest.approx(0.4)
    assert tail.share == 0.01
    # For a generalised Pareto b0 = scale / (1 - shape), b1 = scale / (2 (2 - shape)).
    assert tail.scale / (1 - tail.shape) == pytest.approx(first, rel=1e-4)
    assert tail.scale / (2 * (2 - tail.shape)) == pytest.approx(second, rel=1e-4)


def test_too_few_scores_make_no_tail():
    with pytest.raises(CalibrationError, match="at least 100 to show a tail, got 99 of 9999"):
        fit_tail(rising(np.linspace(0, 1, 9999)))


def test_equal_scores_make_no_tail():
    with pytest.raises(CalibrationError, match=r"similarities are all 0\.3"):
        fit_tail(rising(np.full(20_000, 0.3)))
