"""What a similarity is worth as evidence: a log-likelihood ratio, and with a prior a probability.

A similarity is no probability: how often two images as alike as these are of one identity depends
on the file, which is measured, and on how often they are before one looks, which only the user
knows. The log-likelihood ratio is the first alone. Fitting it is `twinlet.weighing`'s work; an app
only reads.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twinlet.errors import InvalidInputError

Knots = tuple[tuple[float, float], ...]

MAX_KNOTS = 64
MAX_LOG_RATIO = 50.0  # no data support e ** 50; a limit for readers of hostile bundles


@dataclass(frozen=True)
class Likelihood:
    """From similarity to natural log-likelihood ratio, for one file and pairing."""

    method: str  # how it was fitted, and what bounds it
    knots: Knots  # (similarity, log ratio): similarities rise, ratios never fall; 1 to 64
    mated: int  # calibration comparisons behind it
    non_mated: int  # the same
    cllr: float  # bits a comparison, on the test split: 0 is perfect, 1 tells nothing
    cllr_min: float  # the part of `cllr` that no calibration could take away

    def log_ratios(self, similarities: ArrayLike) -> NDArray[np.float64]:
        """Natural logarithms of how much likelier similarities are of mated comparisons.

        Linear between the knots and constant beyond them: what the calibration comparisons do
        not support is not claimed.

        Args:
            similarities: Any shape; angular, in [0, 1].

        Returns:
            Float64 of the same shape; never falls with the similarity.

        Raises:
            InvalidInputError: One is NaN or outside [0, 1].
        """
        values = np.asarray(similarities, dtype=np.float64)
        bad = ~((values >= 0.0) & (values <= 1.0))  # written so that NaN fails too
        if bad.any():
            raise InvalidInputError(
                f"expected angular similarities in [0, 1], got {values[bad].flat[0]:g}; turn "
                f"cosines into similarities with twinlet.scores.angular"
            )
        at, ratios = zip(*self.knots, strict=True)
        return np.asarray(np.interp(values, at, ratios), dtype=np.float64)

    def measured(self, cllr: float, cllr_min: float) -> "Likelihood":
        """Give the same with other measurements."""
        return replace(self, cllr=cllr, cllr_min=cllr_min)


def probability(log_ratio: float, prior: float) -> float:
    """Bayes' rule: the probability that a comparison is mated.

    Args:
        log_ratio: Natural log-likelihood ratio of what was found, finite.
        prior: The probability before anything was compared, in (0, 1): how often two images that
            are compared in this use are of one identity.

    Returns:
        In [0, 1]; the prior itself where the log ratio is 0.

    Raises:
        InvalidInputError: The prior is not inside (0, 1), or the log ratio is not finite.
    """
    check_prior(prior)
    if not math.isfinite(log_ratio):
        raise InvalidInputError(f"a log-likelihood ratio must be finite, got {log_ratio}")
    log_odds = log_ratio + math.log(prior) - math.log1p(-prior)
    # The exponent is never positive, so nothing overflows.
    small = math.exp(-abs(log_odds))
    return 1.0 / (1.0 + small) if log_odds >= 0.0 else small / (1.0 + small)


def check_prior(prior: float) -> None:
    """Refuse a prior that is not strictly between 0 and 1: no evidence moves those."""
    if not 0.0 < prior < 1.0:
        raise InvalidInputError(
            f"the prior must lie strictly between 0 and 1, got {prior:g}; it is the share of mated "
            f"comparisons among those that will be made: one in a hundred is written 0.01"
        )
