"""Logistic regression on one number, the calibration that needs the fewest data."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 100  # Newton's method takes about ten
_PRECISE = 1e-9  # of a step, in log-odds of standardised scores

# Where scores separate, the likeliest slope is infinite. A normal prior on it, of ten log-odds a
# standard deviation, keeps it finite and changes no slope that was ever measured.
_RIDGE = np.array([0.0, 0.01])


def logistic_log_odds(scores: Floats, positive: Floats, negative: Floats) -> Floats:
    """Fit log-odds that are a straight line over scores, never a falling one.

    Args:
        scores: (k,), not all equal.
        positive: Cases of the one kind at each score (k,), at least 0; need not be whole.
        negative: Of the other kind; neither kind is without any.

    Returns:
        Fitted log-odds (k,) at the scores, finite.
    """
    total = positive + negative
    centre = np.average(scores, weights=total)
    spread = np.sqrt(np.average((scores - centre) ** 2, weights=total))
    design = np.stack([np.ones(len(scores)), (scores - centre) / spread], axis=1)
    level = np.array([np.log(positive.sum() / negative.sum()), 0.0])
    line = level
    for _ in range(_STEPS):
        line, step = _improved(line, design, positive, total)
        if step < _PRECISE:
            break
    # The wrong way round, scores tell nothing that may be used.
    return np.asarray(design @ (line if line[1] >= 0.0 else level), dtype=np.float64)


def _improved(
    line: Floats, design: Floats, positive: Floats, total: Floats
) -> tuple[Floats, float]:
    """One step of Newton's method, halved until it improves."""

    def loss(line: Floats) -> float:
        log_odds = design @ line
        fit = np.sum(total * np.logaddexp(0.0, log_odds) - positive * log_odds)
        return float(fit + 0.5 * _RIDGE @ line**2)

    chance = 0.5 * (1.0 + np.tanh(0.5 * (design @ line)))
    gradient = design.T @ (positive - total * chance) - _RIDGE * line
    curvature = (design.T * (total * chance * (1.0 - chance))) @ design + np.diag(_RIDGE)
    step = np.linalg.lstsq(curvature, gradient)[0]
    before = loss(line)
    while loss(line + step) > before and np.abs(step).max() >= _PRECISE:
        step = step / 2.0
    return line + step, float(np.abs(step).max())
