"""Thresholds for rates below all that was measured, from a tail fitted to the highest scores.

Peaks over a threshold: what exceeds a high similarity follows a generalised Pareto distribution,
the better the higher it is (Pickands 1975; Balkema and de Haan 1974). The parameters are those
whose probability-weighted moments are the measured ones (Hosking and Wallis 1987, Technometrics
29:339), which needs no search and no start. Nothing bounds the error of such a threshold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import CalibrationError

SHARE = 0.01  # of the scores, the highest, make the tail
FEWEST = 100  # scores in a tail, at least
_EXPONENTIAL = 1e-9  # a shape nearer to 0 than this is 0


@dataclass(frozen=True)
class Tail:
    """How fast the share of scores above a threshold falls, from `start` on."""

    start: float  # similarity
    share: float  # of the scores above it
    scale: float  # above 0
    shape: float  # below 0 the scores end somewhere, above 0 they fall off slowly

    def thresholds(self, rates: ArrayLike) -> NDArray[np.float64]:
        """Similarities that such shares of the scores exceed.

        Args:
            rates: In (0, `share`], any shape.

        Returns:
            Of the same shape; may lie above 1, where no similarity is.
        """
        fall = np.log(self.share / np.asarray(rates, dtype=np.float64))
        if abs(self.shape) < _EXPONENTIAL:
            return np.asarray(self.start + self.scale * fall)
        return np.asarray(self.start + self.scale * np.expm1(self.shape * fall) / self.shape)


def fit_tail(scores: NDArray[np.float32]) -> Tail:
    """Fit the tail of non-mated similarities.

    Args:
        scores: Ascending (n,), in [0, 1].

    Raises:
        CalibrationError: There are fewer than 10,000 scores, so that one in a hundred is no
            tail, or the highest are all the same.
    """
    count = int(SHARE * len(scores))
    if count < FEWEST:
        raise CalibrationError(
            f"cannot extrapolate: the highest {SHARE:.0%} of the non-mated comparisons must be at "
            f"least {FEWEST} to show a tail, got {count} of {len(scores)}; add images"
        )
    start = float(scores[-count - 1])
    above = np.asarray(scores[-count:], dtype=np.float64) - start
    mean = float(above.mean())
    if not mean > 0.0:
        raise CalibrationError(
            f"cannot extrapolate: the highest {count} non-mated similarities are all {start:g}; "
            f"look for duplicate images"
        )
    places = (np.arange(1, count + 1) - 0.35) / count
    weighted = float(np.mean((1.0 - places) * above))
    shape = 2.0 - mean / (mean - 2.0 * weighted)
    return Tail(start, SHARE, 2.0 * mean * weighted / (mean - 2.0 * weighted), shape)
